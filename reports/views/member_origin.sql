-- Where a member came from: of the first /start the text behind u_, or behind --u_ of a link that also
-- leads somewhere (p_core--u_youtube), '' when there was none.
SELECT telegram_id,
       created_ms,
       CASE WHEN payload LIKE 'u\_%' ESCAPE '\' THEN substr(payload, 3)
            WHEN instr(payload, '--u_') > 0 THEN substr(payload, instr(payload, '--u_') + 4)
            ELSE '' END AS source
  FROM member
