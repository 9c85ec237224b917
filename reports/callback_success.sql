-- Callback success: of the distinct genuine payments from :from on and before :to, the share that was
-- applied without an operator.
--
-- A payment is one gateway and one id, whatever was said of it how often. hit: it never waited for an
-- operator (what waits for a buyer to claim it does not). part: the gateway.
-- Parameters: :from, :to (RFC 3339), :plan, :source (without: all).
WITH first AS (
  SELECT gateway, payment_id, min(sequence) AS sequence
    FROM payment
   WHERE kind = 'paid'
   GROUP BY gateway, payment_id)
SELECT p.gateway || ':' || p.payment_id AS id,
       p.telegram_id, p.plan, coalesce(m.source, '') AS source, coalesce(m.created_ms, p.at_ms) AS created_ms,
       p.gateway AS part, p.currency, max(p.amount, 0) AS value, p.at_ms AS received_ms, p.state,
       p.reason,
       p.state <> 'unsettled'
         AND coalesce(p.reason NOT LIKE 'unsettled%' OR p.reason = 'unsettled_unclaimed', 1) AS hit
  FROM first AS f
  JOIN payment AS p ON p.sequence = f.sequence
  LEFT JOIN member_origin AS m ON m.telegram_id = p.telegram_id
 WHERE p.at_ms >= unixepoch(:from) * 1000
   AND p.at_ms < unixepoch(:to) * 1000
   AND (:plan IS NULL OR p.plan = :plan)
   AND (:source IS NULL OR m.source = :source)
