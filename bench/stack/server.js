'use strict';
// The usual stack's door: Express verifies the callback's signature and answers when BullMQ has
// stored the job in Redis. The same checks as usher's "ime" gateway: constant-time comparison, a
// timestamp of at most five minutes, the event id as the job's id, so that a repeated callback is
// one job. WORKERS processes share the port.
const cluster = require('node:cluster');
const crypto = require('node:crypto');
const express = require('express');
const { Queue } = require('bullmq');

const SECRET = process.env.IME_SECRET;
const WORKERS = Number(process.env.WORKERS || 1);
const TOLERANCE_S = 300;

function genuine(header, body) {
  const fields = Object.fromEntries((header || '').split(',').map((part) => part.split('=', 2)));
  const age = Math.abs(Date.now() / 1000 - Number(fields.t));
  if (!fields.v1 || !(age <= TOLERANCE_S)) return false;
  const expected = crypto.createHmac('sha256', SECRET).update(fields.t + '.').update(body).digest();
  const given = Buffer.from(fields.v1, 'hex');
  return given.length === expected.length && crypto.timingSafeEqual(given, expected);
}

function serve() {
  const queue = new Queue('payments', { connection: { path: process.env.REDIS_SOCKET } });
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.post('/hooks/ime', express.raw({ type: 'application/json', limit: '1mb' }), async (request, response) => {
    if (!genuine(request.get('X-iMe-Signature'), request.body)) return response.sendStatus(401);
    try {
      const event = JSON.parse(request.body);
      await queue.add(event.type, event.data, { jobId: request.get('X-iMe-Event-Id') });
      return response.sendStatus(200);
    } catch (error) {
      return response.sendStatus(error instanceof SyntaxError ? 400 : 503);
    }
  });
  const server = app.listen(Number(process.env.PORT), '127.0.0.1', 4096, () => {
    if (cluster.isPrimary) console.log('listening 127.0.0.1:' + server.address().port);
  });
  server.keepAliveTimeout = 60000;
}

if (WORKERS === 1 || cluster.isWorker) {
  serve();
} else {
  let up = 0;
  for (let i = 0; i < WORKERS; i++) cluster.fork();
  cluster.on('listening', () => {
    if (++up === WORKERS) console.log('listening 127.0.0.1:' + process.env.PORT);
  });
}
