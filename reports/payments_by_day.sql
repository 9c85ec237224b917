-- Payments by day: what came in, by day of UTC, gateway and currency.
--
-- A payment counts on the day on which usher accepted it (not on which the gateway says it occurred).
-- paid: payments, settled or not; amounts are in minor units of the currency, those without an amount
-- count as 0. taken_back: of these, those whose access was taken back since, by a refund or dispute.
-- unsettled: of these, those that wait for the operator.
-- Parameters: :from, :to (RFC 3339, from included, to excluded; without: all).
SELECT strftime('%Y-%m-%d', at_ms / 1000, 'unixepoch') AS day,
       gateway,
       currency,
       count(*) AS paid,
       sum(max(amount, 0)) AS amount_minor,
       count(*) FILTER (WHERE state = 'taken_back') AS taken_back,
       count(*) FILTER (WHERE state = 'unsettled') AS unsettled
  FROM payment
 WHERE kind = 'paid'
   AND at_ms >= coalesce(unixepoch(:from) * 1000, 0)
   AND at_ms < coalesce(unixepoch(:to) * 1000, 9223372036854775807)
 GROUP BY day, gateway, currency
 ORDER BY day DESC, gateway, currency
