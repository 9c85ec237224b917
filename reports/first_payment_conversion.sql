-- First-payment conversion: of the members who became known from :from on and before :to, the share
-- whose first payment came within 30 days.
--
-- Known: they wrote to the bot, or something was paid or given for them. hit: the first payment that
-- stands is at most 30 days younger. plan: of that payment.
-- Parameters: :from, :to (RFC 3339), :plan, :source (without: all).
SELECT m.telegram_id AS id,
       m.telegram_id, coalesce(f.plan, '') AS plan, m.source, m.created_ms, f.at_ms AS paid_ms,
       coalesce(f.at_ms - m.created_ms <= 2592000000, 0) AS hit
  FROM member_origin AS m
  LEFT JOIN payment AS f
    ON f.sequence = (SELECT min(p.sequence) FROM payment AS p
                    WHERE p.telegram_id = m.telegram_id AND p.kind = 'paid'
                      AND +p.state = 'granted' AND p.amount > 0 AND p.telegram_id > 0)
 WHERE m.created_ms >= unixepoch(:from) * 1000
   AND m.created_ms < unixepoch(:to) * 1000
   AND (:plan IS NULL OR f.plan = :plan)
   AND (:source IS NULL OR m.source = :source)
