-- Spend: what was entered as spent on channels from :from on and before :to.
--
-- Entered by POST spend. A channel is a source: what stands behind u_ of a link. value: minor units.
-- Parameters: :from, :to (RFC 3339), :source (without: all).
SELECT s.spend_id AS id,
       NULL AS telegram_id, '' AS plan, s.channel AS source, s.at AS created_ms, s.currency,
       s.amount AS value, s.at AS spent_ms, s.note
  FROM spend AS s
 WHERE s.at >= unixepoch(:from) * 1000
   AND s.at < unixepoch(:to) * 1000
   AND :plan IS NULL
   AND (:source IS NULL OR s.channel = :source)
