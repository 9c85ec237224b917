-- The bridge of MRR: what became of it from :from to :to, a row for each member whose MRR differs.
--
-- Of a member and a currency the MRR at both ends is compared. new: it was nothing, and the member
-- never paid before. reactivation: it was nothing, but the member had paid. churn: it is nothing.
-- expansion, contraction: it rose, it fell. So start + new + reactivation + expansion - contraction
-- - churn = end. value: by how much, in minor units; part: which of them.
-- Parameters: :from, :to (RFC 3339), :plan, :source, :above, :upto (ids of members; without: all).
WITH side AS (
  SELECT telegram_id, currency, plan, monthly, from_ms,
         from_ms < unixepoch(:from) * 1000 AND to_ms >= unixepoch(:from) * 1000 AS at_start,
         from_ms < unixepoch(:to) * 1000 AND to_ms >= unixepoch(:to) * 1000 AS at_end,
         min(from_ms) OVER (PARTITION BY telegram_id) AS first_ms
    FROM paid_stretch
   WHERE telegram_id > coalesce(:above, -9223372036854775808)
     AND telegram_id <= coalesce(:upto, 9223372036854775807)
     AND (:plan IS NULL OR plan = :plan)),
pair AS (
  SELECT telegram_id, currency, max(plan) AS plan, min(first_ms) AS first_ms,
         total(monthly) FILTER (WHERE at_start) AS before,
         total(monthly) FILTER (WHERE at_end) AS after
    FROM side
   GROUP BY telegram_id, currency)
SELECT p.telegram_id || ':' || p.currency AS id,
       p.telegram_id, p.plan, m.source, m.created_ms, p.currency,
       CASE WHEN p.before = 0 AND p.first_ms >= unixepoch(:from) * 1000 THEN 'new'
            WHEN p.before = 0 THEN 'reactivation'
            WHEN p.after = 0 THEN 'churn'
            WHEN p.after > p.before THEN 'expansion'
            ELSE 'contraction' END AS part,
       abs(p.after - p.before) AS value
  FROM pair AS p
  JOIN member_origin AS m ON m.telegram_id = p.telegram_id
 WHERE abs(p.after - p.before) > 0.005
   AND (:source IS NULL OR m.source = :source)
