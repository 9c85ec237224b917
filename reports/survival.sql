-- Survival: of the members who first paid before :to, who still paid so many months later.
--
-- A row for each member and each month k from 0 to 11 that had passed by :to since the first payment
-- that stands (a month is 30.4375 days). hit: the member paid for a membership k months after it. part: k.
-- LTV12 is the sum over k of the share of hits, times ARPU; a month that nobody has reached counts
-- like the one before. Hidden while fewer than 30 members have first paid.
-- Parameters: :to (RFC 3339), :plan, :source, :above, :upto (ids of members; without: all).
WITH RECURSIVE count(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM count WHERE k < 11),
month AS MATERIALIZED (SELECT k FROM count),
payer AS MATERIALIZED (
  SELECT telegram_id, at_ms AS first_ms, plan
    FROM first_payment
   WHERE telegram_id > coalesce(:above, -9223372036854775808)
     AND telegram_id <= coalesce(:upto, 9223372036854775807)
     AND at_ms < unixepoch(:to) * 1000 AND (:plan IS NULL OR plan = :plan)),
alive AS MATERIALIZED (
  SELECT DISTINCT s.telegram_id, month.k
    FROM paid_stretch AS s
    JOIN payer AS p ON p.telegram_id = s.telegram_id
    JOIN month ON s.from_ms <= CAST(p.first_ms + month.k * 2629800000 AS INTEGER)
              AND s.to_ms > CAST(p.first_ms + month.k * 2629800000 AS INTEGER)
   WHERE s.telegram_id > coalesce(:above, -9223372036854775808)
     AND s.telegram_id <= coalesce(:upto, 9223372036854775807)
     AND (:plan IS NULL OR s.plan = :plan))
SELECT p.telegram_id || ':' || month.k AS id,
       p.telegram_id, p.plan, m.source, m.created_ms, month.k AS part,
       CAST(p.first_ms + month.k * 2629800000 AS INTEGER) AS mark_ms,
       a.k IS NOT NULL AS hit
  FROM payer AS p
  JOIN month ON p.first_ms + month.k * 2629800000 < unixepoch(:to) * 1000
  JOIN member_origin AS m ON m.telegram_id = p.telegram_id
  LEFT JOIN alive AS a ON a.telegram_id = p.telegram_id AND a.k = month.k
 WHERE :source IS NULL OR m.source = :source
