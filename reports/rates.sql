-- Rates: what each currency was worth just before :to, by the last rate that was entered for it.
--
-- Entered by POST rates: one unit of the currency is rate units of the base. Figures are converted
-- into the base of the newest rate. micros: the rate in millionths.
-- Parameters: :to (RFC 3339).
SELECT r.currency AS id,
       NULL AS telegram_id, '' AS plan, '' AS source, r.at AS created_ms, r.currency, r.base,
       r.micros, r.at AS since_ms
  FROM rate AS r
 WHERE r.at < unixepoch(:to) * 1000
   AND r.base = (SELECT b.base FROM rate AS b WHERE b.at < unixepoch(:to) * 1000
                  ORDER BY b.at DESC, b.rate_id DESC LIMIT 1)
   AND r.rate_id = (SELECT c.rate_id FROM rate AS c
                     WHERE c.currency = r.currency AND c.base = r.base
                       AND c.at < unixepoch(:to) * 1000
                     ORDER BY c.at DESC, c.rate_id DESC LIMIT 1)
