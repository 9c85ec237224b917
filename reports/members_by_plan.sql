-- Members by plan: who has a plan today, and who had it.
--
-- A member counts for a plan once. active: its time runs. grace: it has run out, and access goes on
-- for the plan's grace. ended: it had run out, or was taken back, by the time of the mirror.
-- ends_30_days: of those active, whose time runs out within 30 days of it.
-- No parameters.
SELECT plan,
       count(*) FILTER (WHERE status = 'active') AS active,
       count(*) FILTER (WHERE status = 'grace') AS grace,
       count(*) FILTER (WHERE status NOT IN ('none', 'active', 'grace')) AS ended,
       count(*) FILTER (WHERE status = 'active'
                          AND until_ms < (SELECT at_ms FROM mirror) + 30 * 86400000) AS ends_30_days
  FROM entitlement
 GROUP BY plan
 ORDER BY plan
