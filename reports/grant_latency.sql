-- Grant latency: from a payment's callback to the arrival of the letter with the way in, for letters
-- that arrived from :from on and before :to.
--
-- A letter goes out when its links exist. latency_ms: of the whole; queue_ms: of it, what was not the
-- last call to Telegram itself: waiting for links, for a turn, for Telegram's limits, for repeats. A
-- letter that waits for a member who has blocked the bot waits in here, too. Percentiles are those of
-- the nearest rank.
-- Parameters: :from, :to (RFC 3339), :plan, :source (without: all).
SELECT a.sequence || ':' || a.n AS id,
       a.telegram_id, a.plan, m.source, m.created_ms, a.received AS received_ms, a.at AS arrived_ms,
       a.at - a.received AS latency_ms,
       max(a.at - a.received - a.took, 0) AS queue_ms
  FROM fact_admitted AS a
  JOIN member_origin AS m ON m.telegram_id = a.telegram_id
 WHERE a.at >= unixepoch(:from) * 1000
   AND a.at < unixepoch(:to) * 1000
   AND (:plan IS NULL OR a.plan = :plan)
   AND (:source IS NULL OR m.source = :source)
