-- Lost orders: payments that were made at the gateway from :from on and before :to, by the gateway's
-- own clock, and gave nothing within five minutes.
--
-- However usher heard of them: by a callback that came late, by the gateway's list, or by an operator.
-- Who has paid and must first claim an order is not lost. hit: lost.
-- Parameters: :from, :to (RFC 3339), :plan, :source (without: all).
SELECT p.gateway || ':' || p.payment_id AS id,
       p.telegram_id, p.plan, coalesce(m.source, '') AS source, coalesce(m.created_ms, p.at_ms) AS created_ms,
       p.gateway AS part, p.currency, max(p.amount, 0) AS value, p.occurred_ms, p.at_ms AS received_ms,
       NOT EXISTS (SELECT 1 FROM fact_granted AS g
                    WHERE g.telegram_id = p.telegram_id AND g.plan = p.plan
                      AND g.at BETWEEN p.at_ms AND p.occurred_ms + 300000) AS hit
  FROM payment AS p
  LEFT JOIN member_origin AS m ON m.telegram_id = p.telegram_id
 WHERE p.kind = 'paid'
   AND p.occurred_ms >= unixepoch(:from) * 1000
   AND p.occurred_ms < unixepoch(:to) * 1000
   AND coalesce(p.reason, '') NOT IN ('unsettled_unclaimed', 'duplicate')
   AND (:plan IS NULL OR p.plan = :plan)
   AND (:source IS NULL OR m.source = :source)
