-- Survival: of the members who first paid before :to, who still paid so many months later.
--
-- A row for each member and each month k from 0 to 11 that had passed by :to since the first payment
-- that stands (a month is 30.4375 days). hit: the member paid for a membership k months after it. part: k.
-- LTV12 is the sum over k of the share of hits, times ARPU; a month that nobody has reached counts
-- like the one before. Hidden while fewer than 30 members have first paid.
-- Parameters: :to (RFC 3339), :plan, :source (without: all).
WITH RECURSIVE month(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM month WHERE k < 11),
stretch AS MATERIALIZED (
  SELECT * FROM paid_stretch WHERE :plan IS NULL OR plan = :plan),
payer AS (
  SELECT telegram_id, at_ms AS first_ms, plan
    FROM first_payment
   WHERE at_ms < unixepoch(:to) * 1000 AND (:plan IS NULL OR plan = :plan)),
mark AS (
  SELECT p.telegram_id, p.plan, month.k, CAST(p.first_ms + month.k * 2629800000 AS INTEGER) AS mark_ms
    FROM payer AS p JOIN month ON p.first_ms + month.k * 2629800000 < unixepoch(:to) * 1000)
SELECT k.telegram_id || ':' || k.k AS id,
       k.telegram_id, k.plan, m.source, m.created_ms, k.k AS part, k.mark_ms,
       EXISTS (SELECT 1 FROM stretch AS s
                WHERE s.telegram_id = k.telegram_id AND s.from_ms <= k.mark_ms
                  AND s.to_ms > k.mark_ms) AS hit
  FROM mark AS k
  JOIN member_origin AS m ON m.telegram_id = k.telegram_id
 WHERE :source IS NULL OR m.source = :source
