-- Refunds: what went back from :from on and before :to, refunds and disputes.
--
-- A row for each word of the gateway's; value: minor units, as it said them. part: what it was.
-- Parameters: :from, :to (RFC 3339), :plan, :source (without: all).
SELECT b.sequence || ':' || b.n AS id,
       b.telegram_id, b.plan, coalesce(m.source, '') AS source, coalesce(m.created_ms, b.at) AS created_ms,
       b.kind AS part, b.currency, max(b.amount, 0) AS value, b.at AS given_back_ms,
       b.gateway, b.payment_id
  FROM fact_given_back AS b
  LEFT JOIN member_origin AS m ON m.telegram_id = b.telegram_id
 WHERE b.kind IN ('refunded', 'partly_refunded', 'charged_back', 'invalid')
   AND b.at >= unixepoch(:from) * 1000
   AND b.at < unixepoch(:to) * 1000
   AND (:plan IS NULL OR b.plan = :plan)
   AND (:source IS NULL OR m.source = :source)
