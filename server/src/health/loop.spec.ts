import { describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import type { ServiceDatabase } from '../database/service-database.js';
import { HealthIndicators } from './health-indicators.js';
import { Loop } from './loop.js';
import { Loops } from './loops.js';
import { Pulse } from './pulse.js';

Logger.overrideLogger(false);

const gate = () => {
  let open = () => undefined as void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
};

describe('Loop', () => {
  it('never overlaps itself: a tick joins the round in progress', async () => {
    const { open, opened } = gate();
    const work = jest.fn(() => opened);
    const loop = new Loop({ name: 'x', everyMs: 1, work });
    const ticks = [loop.tick(), loop.tick()];
    open();
    await Promise.all(ticks);
    expect(work).toHaveBeenCalledTimes(1);
    await loop.tick();
    expect(work).toHaveBeenCalledTimes(2);
  });

  it('backs off and reports while it fails, and recovers after a successful round', async () => {
    let now = 0;
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => now);
    try {
      let fails = true;
      const work = jest.fn(async () => {
        if (fails) throw new Error('no');
      });
      const loop = new Loop({ name: 'x', everyMs: 1_000, work });
      await loop.tick();
      await loop.tick();
      expect(work).toHaveBeenCalledTimes(1);
      now = 1_000;
      await loop.tick();
      now = 2_999;
      await loop.tick();
      expect(work).toHaveBeenCalledTimes(2);
      expect(loop.health()).toEqual({ ok: true, detail: expect.stringContaining('failing since') });
      fails = false;
      now = 3_000;
      await loop.tick();
      await loop.tick();
      expect(work).toHaveBeenCalledTimes(4);
      expect(loop.health()).toEqual({ ok: true });
    } finally {
      clock.mockRestore();
    }
  });

  it('does not back off from an unavailable database', async () => {
    const work = jest.fn(async () => {
      throw Object.assign(new Error('down'), { code: 'ECONNREFUSED' });
    });
    const loop = new Loop({ name: 'x', everyMs: 60_000, work });
    await loop.tick();
    await loop.tick();
    expect(work).toHaveBeenCalledTimes(2);
    expect(loop.health()).toEqual({ ok: true });
  });

  it('stops after the round in progress', async () => {
    const { open, opened } = gate();
    const work = jest.fn(() => opened);
    const loop = new Loop({ name: 'x', everyMs: 1, work });
    void loop.tick();
    let stopped = false;
    const stopping = loop.stop().then(() => (stopped = true));
    await Promise.resolve();
    expect(stopped).toBe(false);
    open();
    await stopping;
    await loop.tick();
    expect(work).toHaveBeenCalledTimes(1);
  });
});

describe('Loops', () => {
  it('shows those of its role, begins them with the server, and writes at the end what is in memory', async () => {
    const indicators = new HealthIndicators();
    const scheduler = new SchedulerRegistry();
    const pulse = new Pulse(null as unknown as ServiceDatabase);
    const loops = new Loops(scheduler, indicators, pulse, { role: 'api' });
    const rounds: string[] = [];
    const added = (name: string, more: object) =>
      loops.add(name, { everyMs: 60_000, work: async () => rounds.push(name), ...more });
    const [plain, flushing] = [added('plain', {}), added('flushing', { flushes: true })];
    added('asked', { pending: 'true' });
    added('elsewhere', { workersOnly: true });

    loops.onApplicationBootstrap();
    expect(Object.keys(await indicators.checkAll())).toEqual(['plain', 'flushing', 'asked']);
    expect(scheduler.getIntervals()).toEqual(['plain', 'flushing']);
    for (const name of scheduler.getIntervals()) scheduler.deleteInterval(name);

    await loops.onModuleDestroy();
    await Promise.all([plain.tick(), flushing.tick()]);
    expect(rounds).toEqual(['flushing']);
    await loops.beforeApplicationShutdown();
    await flushing.tick();
    expect(rounds).toEqual(['flushing', 'flushing']);
  });
});
