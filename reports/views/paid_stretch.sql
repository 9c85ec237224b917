-- From when to when a member's plan ran at which price a month: from a grant that was paid for to the
-- next one, or to its end (of access and grace, a refund, an operator's word). A grant that was given
-- changes nothing: what ran goes on, what did not run costs nothing. monthly: minor units of the currency.
-- to_ms: 9223372036854775807 while it runs.
WITH event AS (
  SELECT telegram_id, plan, sequence, n, at, currency, value / months AS monthly
    FROM grant_value
   WHERE value > 0 AND months > 0
  UNION ALL
  SELECT telegram_id, plan, sequence, n, at, '', 0.0
    FROM fact_ended
  UNION ALL
  -- The payment went back and the plan goes on: at the price of the grant before.
  SELECT b.telegram_id, b.plan, b.sequence, b.n, b.at,
         coalesce((SELECT g.currency FROM grant_value AS g
                    WHERE g.sequence = b.before AND g.telegram_id = b.telegram_id), ''),
         coalesce((SELECT g.value / g.months FROM grant_value AS g
                    WHERE g.sequence = b.before AND g.telegram_id = b.telegram_id), 0.0)
    FROM (SELECT b.*,
                 (SELECT max(h.sequence)
                    FROM grant_value AS h
                   WHERE h.telegram_id = b.telegram_id AND h.plan = b.plan
                     AND h.sequence < b.sequence AND h.value > 0 AND NOT h.taken_back
                     AND NOT EXISTS (SELECT 1 FROM fact_ended AS e
                                      WHERE e.telegram_id = b.telegram_id
                                        AND e.plan = b.plan AND e.sequence > h.sequence
                                        AND e.sequence <= b.sequence)) AS before
            FROM fact_given_back AS b) AS b
    JOIN payment AS p
      ON p.gateway = b.gateway AND p.payment_id = b.payment_id AND p.kind = 'paid'
     AND p.state = 'taken_back'
   WHERE b.kind <> 'reinstated'
     AND NOT EXISTS (SELECT 1 FROM fact_given_back AS c
                      WHERE c.gateway = b.gateway AND c.payment_id = b.payment_id
                        AND c.kind <> 'reinstated' AND c.sequence > b.sequence))
SELECT telegram_id, plan, currency, monthly, from_ms, to_ms
  FROM (SELECT telegram_id, plan, currency, monthly, at AS from_ms,
               lead(at, 1, 9223372036854775807)
                 OVER (PARTITION BY telegram_id, plan ORDER BY sequence, n) AS to_ms
          FROM event)
 WHERE monthly > 0 AND to_ms > from_ms
