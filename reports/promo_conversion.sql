-- Promo conversion: of the members to whom a code was shown from :from on and before :to, the share
-- that paid with it.
--
-- Shown: a link or the writer brought it to the bot and it was good, or an order was made with it. A
-- member and a code count once, at the first time. hit: an order with the code was paid, whenever.
-- Parameters: :from, :to (RFC 3339), :plan, :source (without: all).
WITH use AS (
  SELECT u.telegram_id, u.code, u.at, u.state, coalesce(o.plan, '') AS plan
    FROM coupon_use AS u
    LEFT JOIN orders AS o ON o.order_id = CAST(substr(u.row_key, 1, length(u.row_key) - 1) AS TEXT)
   WHERE NOT u.again),
shown AS (
  SELECT telegram_id, code, min(at) AS shown_ms, max(plan) AS plan
    FROM (SELECT telegram_id, code, at, '' AS plan FROM fact_code_shown
          UNION ALL
          SELECT telegram_id, code, at, plan FROM use)
   GROUP BY telegram_id, code)
SELECT s.telegram_id || ':' || s.code AS id,
       s.telegram_id, s.plan, m.source, m.created_ms, s.code AS part, s.shown_ms,
       EXISTS (SELECT 1 FROM use AS u
                WHERE u.telegram_id = s.telegram_id AND u.code = s.code AND u.state = 'used') AS hit
  FROM shown AS s
  JOIN member_origin AS m ON m.telegram_id = s.telegram_id
 WHERE s.shown_ms >= unixepoch(:from) * 1000
   AND s.shown_ms < unixepoch(:to) * 1000
   AND (:plan IS NULL OR s.plan = :plan)
   AND (:source IS NULL OR m.source = :source)
