-- Logo churn: of the members who paid at :from, the share whose last paid membership ended before :to.
--
-- It ends at the end of access and grace, or when it is taken back. Who pays again later has lapsed
-- all the same. hit: lapsed. Gross revenue churn is (contraction + churn) / MRR at :from by the bridge
-- (mrr_bridge.sql), net revenue churn subtracts expansion.
-- Parameters: :from, :to (RFC 3339), :plan, :source, :above, :upto (ids of members; without: all).
WITH stretch AS MATERIALIZED (
  SELECT * FROM paid_stretch
   WHERE telegram_id > coalesce(:above, -9223372036854775808)
     AND telegram_id <= coalesce(:upto, 9223372036854775807)
     AND (:plan IS NULL OR plan = :plan)),
payer AS (
  SELECT telegram_id, max(plan) AS plan
    FROM stretch
   WHERE from_ms < unixepoch(:from) * 1000 AND to_ms >= unixepoch(:from) * 1000
   GROUP BY telegram_id),
lapse AS (
  SELECT a.telegram_id, min(a.to_ms) AS lapsed_ms
    FROM stretch AS a
    LEFT JOIN stretch AS b
      ON b.telegram_id = a.telegram_id AND b.from_ms <= a.to_ms AND b.to_ms > a.to_ms
   WHERE a.to_ms >= unixepoch(:from) * 1000 AND a.to_ms < unixepoch(:to) * 1000
     AND b.telegram_id IS NULL
   GROUP BY a.telegram_id)
SELECT p.telegram_id AS id,
       p.telegram_id, p.plan, m.source, m.created_ms, l.lapsed_ms, l.lapsed_ms IS NOT NULL AS hit
  FROM payer AS p
  JOIN member_origin AS m ON m.telegram_id = p.telegram_id
  LEFT JOIN lapse AS l ON l.telegram_id = p.telegram_id
 WHERE :source IS NULL OR m.source = :source
