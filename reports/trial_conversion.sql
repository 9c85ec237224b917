-- Trial conversion: of the trials that ended from :from on and before :to, the share with a payment
-- at most seven days after.
--
-- An entitlement that is a trial has the status trial; this usher grants none, so there are no rows
-- and the figure is null.
-- Parameters: :from, :to (RFC 3339), :plan, :source (without: all).
SELECT e.telegram_id || ':' || e.plan AS id,
       e.telegram_id, e.plan, m.source, m.created_ms, e.until_ms AS ended_ms,
       EXISTS (SELECT 1 FROM payment AS p
                WHERE p.telegram_id = e.telegram_id AND p.kind = 'paid' AND p.state = 'granted'
                  AND p.at_ms BETWEEN e.since_ms AND e.until_ms + 604800000) AS hit
  FROM entitlement AS e
  JOIN member_origin AS m ON m.telegram_id = e.telegram_id
 WHERE e.status = 'trial'
   AND e.until_ms >= unixepoch(:from) * 1000
   AND e.until_ms < unixepoch(:to) * 1000
   AND (:plan IS NULL OR e.plan = :plan)
   AND (:source IS NULL OR m.source = :source)
