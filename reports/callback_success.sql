-- Callback success: of the distinct genuine payments from :from on and before :to, the share that was
-- applied without an operator.
--
-- A payment is one gateway and one id, whatever was said of it how often. hit: it never waited for an
-- operator (what waits for a buyer to claim it does not). part: the gateway.
-- Parameters: :from, :to (RFC 3339), :plan, :source (without: all).
SELECT p.gateway || ':' || p.payment_id AS id,
       p.telegram_id, p.plan, coalesce(m.source, '') AS source, coalesce(m.created_ms, p.at_ms) AS created_ms,
       p.gateway AS part, p.currency, max(p.amount, 0) AS value, p.at_ms AS received_ms, p.state,
       p.reason,
       p.state <> 'unsettled'
         AND coalesce(p.reason NOT LIKE 'unsettled%' OR p.reason = 'unsettled_unclaimed', 1) AS hit
  FROM payment AS p
  LEFT JOIN member_origin AS m ON m.telegram_id = p.telegram_id
 WHERE p.kind = 'paid'
   AND p.sequence = (SELECT min(f.sequence) FROM payment AS f
                      WHERE f.gateway = p.gateway AND f.payment_id = p.payment_id AND f.kind = 'paid')
   AND p.at_ms >= unixepoch(:from) * 1000
   AND p.at_ms < unixepoch(:to) * 1000
   AND (:plan IS NULL OR p.plan = :plan)
   AND (:source IS NULL OR m.source = :source)
