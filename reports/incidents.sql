-- Incidents: what waited for an operator from :from on and before :to.
--
-- part: unsettled, a payment that could not be granted by itself; dead, a delivery that could not be
-- made. They count in the time in which they began, also when they are done with by now, but a dead
-- letter that was let go again counts no more.
-- Parameters: :from, :to (RFC 3339), :plan, :source (without: all).
SELECT 'payment:' || p.sequence AS id,
       p.telegram_id, p.plan, coalesce(m.source, '') AS source, coalesce(m.created_ms, p.at_ms) AS created_ms,
       'unsettled' AS part, p.at_ms AS began_ms, coalesce(p.reason, '') AS reason
  FROM payment AS p
  LEFT JOIN member_origin AS m ON m.telegram_id = p.telegram_id
 WHERE (p.state = 'unsettled' OR p.reason LIKE 'unsettled%')
   AND coalesce(p.reason, '') <> 'unsettled_unclaimed'
   AND p.at_ms >= unixepoch(:from) * 1000
   AND p.at_ms < unixepoch(:to) * 1000
   AND (:plan IS NULL OR p.plan = :plan)
   AND (:source IS NULL OR m.source = :source)
UNION ALL
SELECT 'delivery:' || d.delivery_id,
       d.telegram_id, '', coalesce(m.source, ''), coalesce(m.created_ms, d.created_ms),
       'dead', d.finished_ms, d.error
  FROM delivery AS d
  LEFT JOIN member_origin AS m ON m.telegram_id = d.telegram_id
 WHERE d.stage = 'dead'
   AND d.finished_ms >= unixepoch(:from) * 1000
   AND d.finished_ms < unixepoch(:to) * 1000
   AND :plan IS NULL
   AND (:source IS NULL OR m.source = :source)
