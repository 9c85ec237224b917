-- Retention: of the members who became known from :from on and before :to, the share that was active
-- on day :day after, give or take :give days (7 by 1, and 30 by 3).
--
-- Days are those of the community's calendar. Active: wrote to the bot, pressed a button, or said a
-- word of the bot's in a group. Who is not :day + :give days old by now does not count yet.
-- Parameters: :from, :to (RFC 3339), :day, :give (numbers), :plan (members who have or had it),
-- :source (without: all).
SELECT m.telegram_id AS id,
       m.telegram_id,
       coalesce((SELECT min(e.plan) FROM entitlement AS e
                  WHERE e.telegram_id = m.telegram_id AND (:plan IS NULL OR e.plan = :plan)), '') AS plan,
       m.source, m.created_ms,
       EXISTS (SELECT 1 FROM fact_seen AS s
                WHERE s.telegram_id = m.telegram_id
                  AND s.day BETWEEN local_day(m.created_ms) + :day - :give
                                AND local_day(m.created_ms) + :day + :give) AS hit
  FROM member_origin AS m
 WHERE m.created_ms >= unixepoch(:from) * 1000
   AND m.created_ms < unixepoch(:to) * 1000
   AND local_day(m.created_ms) + :day + :give
       < local_day(coalesce(:now, (SELECT at_ms FROM mirror WHERE one = 1)))
   AND (:plan IS NULL OR EXISTS (SELECT 1 FROM entitlement AS e
                                  WHERE e.telegram_id = m.telegram_id AND e.plan = :plan))
   AND (:source IS NULL OR m.source = :source)
