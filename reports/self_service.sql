-- Self-service rate: of the members who paid from :from on and before :to, the share that opened no
-- ticket in that time.
--
-- Parameters: :from, :to (RFC 3339), :plan, :source (without: all).
SELECT p.telegram_id AS id,
       p.telegram_id, max(p.plan) AS plan, m.source, m.created_ms, min(p.at_ms) AS paid_ms,
       NOT EXISTS (SELECT 1 FROM fact_ticket_opened AS t
                    WHERE t.telegram_id = p.telegram_id
                      AND t.at >= unixepoch(:from) * 1000
                      AND t.at < unixepoch(:to) * 1000) AS hit
  FROM payment AS p
  JOIN member_origin AS m ON m.telegram_id = p.telegram_id
 WHERE p.kind = 'paid' AND p.state = 'granted' AND p.amount > 0
   AND p.at_ms >= unixepoch(:from) * 1000
   AND p.at_ms < unixepoch(:to) * 1000
   AND (:plan IS NULL OR p.plan = :plan)
   AND (:source IS NULL OR m.source = :source)
 GROUP BY p.telegram_id
