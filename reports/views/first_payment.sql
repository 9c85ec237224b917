-- Each payer's first payment that was not taken back: what was paid for, by whom, when. (The columns
-- beside a min() are those of its row, says SQLite.)
SELECT p.telegram_id, p.at_ms, p.plan, p.amount, p.currency, min(p.sequence) AS sequence
  FROM payment AS p
 WHERE p.kind = 'paid' AND +p.state = 'granted' AND p.amount > 0 AND p.telegram_id > 0
 GROUP BY p.telegram_id
