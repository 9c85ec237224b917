-- Each payer's first payment that was not taken back: what was paid for, by whom, when.
SELECT telegram_id, at_ms, plan, amount, currency
  FROM (SELECT p.telegram_id, p.at_ms, p.plan, p.amount, p.currency,
               row_number() OVER (PARTITION BY p.telegram_id ORDER BY p.sequence) AS nth
          FROM payment AS p
         WHERE p.kind = 'paid' AND p.state = 'granted' AND p.amount > 0 AND p.telegram_id > 0)
 WHERE nth = 1
