-- Renewal rate: of the paid periods that came to their end from :from on and before :to, the share
-- that was paid for once more, at the latest at the end of grace.
--
-- A period is due on the day on which access ends, with what was given to it. What was given alone is
-- not due, nor is what was refunded or revoked before its end. hit: another payment followed before
-- access and grace were over. part: year for a period of twelve months or more, else month.
-- Parameters: :from, :to (RFC 3339), :plan, :source, :above, :upto (ids of members; without: all).
WITH due AS MATERIALIZED (
  SELECT DISTINCT telegram_id
    FROM fact_granted
   WHERE telegram_id > coalesce(:above, -9223372036854775808)
     AND telegram_id <= coalesce(:upto, 9223372036854775807)
     AND until >= unixepoch(:from) * 1000 AND until < unixepoch(:to) * 1000),
event AS (
  SELECT telegram_id, plan, sequence, n, at, until, months, currency, value,
         CASE WHEN value > 0 AND NOT taken_back THEN 'paid' ELSE 'given' END AS kind
    FROM grant_value
   WHERE telegram_id IN due AND (value = 0 OR NOT taken_back)
  UNION ALL
  SELECT telegram_id, plan, sequence, n, at, until, 0, '', 0, 'ended'
    FROM fact_ended
   WHERE telegram_id IN due),
numbered AS (
  SELECT *, sum(kind <> 'given') OVER (PARTITION BY telegram_id, plan ORDER BY sequence, n) AS cycle
    FROM event),
cycle AS (
  SELECT telegram_id, plan, cycle, min(at) AS at, max(until) AS due_ms, max(months) FILTER (WHERE kind = 'paid') AS months,
         max(currency) AS currency, max(value) AS value,
         max(kind) FILTER (WHERE kind <> 'given') AS kind
    FROM numbered
   GROUP BY telegram_id, plan, cycle),
followed AS (
  SELECT *, lead(kind) OVER w AS next, lead(at) OVER w AS next_at
    FROM cycle
  WINDOW w AS (PARTITION BY telegram_id, plan ORDER BY cycle))
SELECT f.telegram_id || ':' || f.plan || ':' || f.due_ms AS id,
       f.telegram_id, f.plan, m.source, m.created_ms, f.currency, f.value, f.due_ms,
       CASE WHEN f.months >= 12 THEN 'year' ELSE 'month' END AS part,
       coalesce(f.next = 'paid', 0) AS hit
  FROM followed AS f
  JOIN member_origin AS m ON m.telegram_id = f.telegram_id
 WHERE f.kind = 'paid'
   AND f.due_ms >= unixepoch(:from) * 1000
   AND f.due_ms < unixepoch(:to) * 1000
   AND (f.next IS NULL OR f.next = 'paid' OR f.next_at >= f.due_ms)
   AND (:plan IS NULL OR f.plan = :plan)
   AND (:source IS NULL OR m.source = :source)
