-- First payers: members whose first payment came from :from on and before :to.
--
-- The first payment that stands; what was refunded or given does not count. CAC of a channel is what
-- was entered as spent on it in the same time, divided by the first payers whose source it is.
-- Parameters: :from, :to (RFC 3339), :plan, :source (without: all).
SELECT f.telegram_id AS id,
       f.telegram_id, f.plan, m.source, m.created_ms, f.currency, f.amount AS value,
       f.at_ms AS paid_ms
  FROM payment AS f
  JOIN member_origin AS m ON m.telegram_id = f.telegram_id
 WHERE f.sequence = (SELECT min(p.sequence) FROM payment AS p
                    WHERE p.telegram_id = f.telegram_id AND p.kind = 'paid'
                      AND +p.state = 'granted' AND p.amount > 0 AND p.telegram_id > 0)
   AND f.at_ms >= unixepoch(:from) * 1000
   AND f.at_ms < unixepoch(:to) * 1000
   AND (:plan IS NULL OR f.plan = :plan)
   AND (:source IS NULL OR m.source = :source)
