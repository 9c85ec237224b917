-- Activation: of the members who first entered a group from :from on and before :to, the share that
-- did something within seven days. The goal for the first day is 40 %.
--
-- Did something: wrote to the bot, pressed a button, or said a word of the bot's in a group, after
-- they had entered. hit: within seven days; day_one: within 24 hours.
-- Parameters: :from, :to (RFC 3339), :plan (members who have or had it), :source (without: all).
WITH joined AS (
  SELECT telegram_id, min(at) AS joined_ms FROM fact_entered GROUP BY telegram_id)
SELECT j.telegram_id AS id,
       j.telegram_id,
       coalesce((SELECT min(e.plan) FROM entitlement AS e
                  WHERE e.telegram_id = j.telegram_id AND (:plan IS NULL OR e.plan = :plan)), '') AS plan,
       m.source, m.created_ms, j.joined_ms,
       EXISTS (SELECT 1 FROM fact_seen AS s
                WHERE s.telegram_id = j.telegram_id AND s.at > j.joined_ms
                  AND s.at <= j.joined_ms + 604800000) AS hit,
       EXISTS (SELECT 1 FROM fact_seen AS s
                WHERE s.telegram_id = j.telegram_id AND s.at > j.joined_ms
                  AND s.at <= j.joined_ms + 86400000) AS day_one
  FROM joined AS j
  JOIN member_origin AS m ON m.telegram_id = j.telegram_id
 WHERE j.joined_ms >= unixepoch(:from) * 1000
   AND j.joined_ms < unixepoch(:to) * 1000
   AND (:plan IS NULL OR EXISTS (SELECT 1 FROM entitlement AS e
                                  WHERE e.telegram_id = j.telegram_id AND e.plan = :plan))
   AND (:source IS NULL OR m.source = :source)
