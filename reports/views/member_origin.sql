-- Where a member came from: the text behind u_ of the first /start, '' when there was none.
SELECT telegram_id,
       created_ms,
       CASE WHEN payload LIKE 'u\_%' ESCAPE '\' THEN substr(payload, 3) ELSE '' END AS source
  FROM member
