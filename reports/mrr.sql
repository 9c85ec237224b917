-- MRR: the price a month of every membership that runs just before :to.
--
-- A membership counts while its time or its grace runs: what was paid for its last period, after codes
-- that last for ever and before tax; a month counts once, a year by a twelfth, any other period by
-- 30.4375 / its days. What was given, and what was refunded, counts nothing. Codes for one time,
-- offers, credit and free time do not lower it. value: minor units. Figures: mrr sums it by currency,
-- paying counts the members, arpu divides the two.
-- Parameters: :to (RFC 3339), :plan, :source, :above, :upto (ids of members; without: all).
SELECT s.telegram_id || ':' || s.plan AS id,
       s.telegram_id, s.plan, m.source, m.created_ms, s.currency, s.monthly AS value,
       s.from_ms AS since_ms
  FROM paid_stretch AS s
  JOIN member_origin AS m ON m.telegram_id = s.telegram_id
 WHERE s.telegram_id > coalesce(:above, -9223372036854775808)
   AND s.telegram_id <= coalesce(:upto, 9223372036854775807)
   AND s.from_ms < unixepoch(:to) * 1000
   AND s.to_ms >= unixepoch(:to) * 1000
   AND (:plan IS NULL OR s.plan = :plan)
   AND (:source IS NULL OR m.source = :source)
