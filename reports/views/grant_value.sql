-- Each grant, and what its period costs by itself: of an order the price of the plan less codes that
-- last for ever, so that a code for one time, an offer or a credit does not lower it; of a payment
-- without an order what was paid. value: minor units of the currency, 0 for what was given. months:
-- the period in months, a month being 30.4375 days. taken_back: the payment has gone back since.
SELECT g.sequence, g.n, g.at, g.telegram_id, g.plan, g.until,
       coalesce(nullif(g.currency, ''), o.currency, '') AS currency,
       coalesce(o.order_id, '') AS order_id,
       CASE WHEN o.order_id IS NULL THEN max(g.amount, 0)
            ELSE coalesce((SELECT sum(l.amount)
                             FROM order_line AS l
                            WHERE l.row_key >= CAST(o.order_id || x'00' AS BLOB)
                              AND l.row_key < CAST(o.order_id || x'01' AS BLOB)
                              AND (l.kind = 'plan'
                                   OR (l.kind = 'coupon'
                                       AND EXISTS (SELECT 1 FROM coupon AS c
                                                    WHERE c.code = l.ref
                                                      AND c.duration = 'forever')))), 0)
        END AS value,
       CASE WHEN g.period = '1 month' THEN 1.0
            WHEN g.period = '1 year' THEN 12.0
            ELSE
              CASE WHEN g.period LIKE '%year%' THEN CAST(g.period AS INTEGER) * 12.0
                   WHEN g.period LIKE '%month%' THEN CAST(g.period AS INTEGER) * 1.0
                   ELSE 0.0 END
              + CASE WHEN g.period LIKE '%day%'
                     THEN CAST(CASE WHEN instr(g.period, 'year') > 0
                                      THEN ltrim(substr(g.period, instr(g.period, 'year') + 4), 's ')
                                    WHEN instr(g.period, 'month') > 0
                                      THEN ltrim(substr(g.period, instr(g.period, 'month') + 5), 's ')
                                    ELSE g.period END AS INTEGER) / 30.4375
                     ELSE 0.0 END
        END AS months,
       EXISTS (SELECT 1 FROM payment AS p
                WHERE p.sequence = g.sequence AND p.state = 'taken_back') AS taken_back
  FROM fact_granted AS g
  LEFT JOIN fact_order_paid AS o
    ON o.sequence = g.sequence AND o.telegram_id = g.telegram_id AND o.plan = g.plan
