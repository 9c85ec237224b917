-- First response: how long a member waited for the staff's first answer, of tickets that got it from
-- :from on and before :to.
--
-- In minutes of working time (support.hours). hit: in time by the ticket's clock.
-- Parameters: :from, :to (RFC 3339), :plan (members who have or had it), :source (without: all).
SELECT t.ticket AS id,
       t.telegram_id,
       coalesce((SELECT min(e.plan) FROM entitlement AS e
                  WHERE e.telegram_id = t.telegram_id AND (:plan IS NULL OR e.plan = :plan)), '') AS plan,
       coalesce(m.source, '') AS source, coalesce(m.created_ms, t.at) AS created_ms,
       t.at AS answered_ms, t.minutes, NOT t.late AS hit
  FROM fact_ticket_answered AS t
  LEFT JOIN member_origin AS m ON m.telegram_id = t.telegram_id
 WHERE t.first
   AND t.at >= unixepoch(:from) * 1000
   AND t.at < unixepoch(:to) * 1000
   AND (:plan IS NULL OR EXISTS (SELECT 1 FROM entitlement AS e
                                  WHERE e.telegram_id = t.telegram_id AND e.plan = :plan))
   AND (:source IS NULL OR m.source = :source)
