import { describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { basketApp, BasketModule, problemOf } from '../test/basket-app.js';
import { createHttpApp } from './http-app.js';

/* What it serves besides the API, and the headers of its responses. */

describe('the HTTP application', () => {
  const { http } = basketApp();

  it('sends strict security headers, and keeps API responses out of caches', async () => {
    const { headers } = await http().get('/api/baskets');
    expect(headers['content-security-policy']).toMatch(/default-src 'none'.*script-src 'self'.*frame-ancestors 'none'/);
    expect(headers['content-security-policy']).not.toContain('upgrade-insecure-requests');
    expect(headers['strict-transport-security']).toBeUndefined();
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-frame-options']).toBe('DENY');
    expect(headers['referrer-policy']).toBe('same-origin');
    expect(headers['x-powered-by']).toBeUndefined();
    expect(headers['cache-control']).toBe('no-store');
  });

  it('sends services no headers for browsers', async () => {
    const { headers } = await http().get('/api/internal/baskets');
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
    expect(headers).not.toHaveProperty('content-security-policy');
  });

  it.each(['/recruiter/api', '/api/docs'])(
    'allows the page %s to write to the clipboard and nothing else',
    async (page) => {
      const { headers } = await http().get(page).set('accept', 'text/html');
      const allowed = headers['permissions-policy']!.split(', ').filter((feature) => !feature.endsWith('=()'));
      expect(allowed).toEqual(['clipboard-write=(self)']);
      expect(headers['permissions-policy']).toContain('camera=()');
      expect((await http().get('/api/baskets')).headers).not.toHaveProperty('permissions-policy');
    },
  );

  it('has no security.txt without a contact', async () => {
    await problemOf(http().get('/.well-known/security.txt'), 404, 'not_found');
  });

  it('serves its description at most 600 times a minute to one address', async () => {
    const from = (address: string) => (path: string) => http().get(path).set('x-forwarded-for', address);
    const [busy, quiet] = [from('192.0.2.1'), from('192.0.2.2')];
    for (let n = 0; n < 600; n++) await busy('/api/docs').expect(200);
    const script = '/api/docs/swagger-ui-init.js';
    for (const url of ['/api/docs', '/api/openapi.json', script, '/api/docs/swagger-ui.css']) {
      const { headers } = await problemOf(busy(url), 429, 'too_many_requests');
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
      await quiet(url).expect(200);
    }
  });

  it('serves an OpenAPI 3.1 document with webhooks, and a page to read it', async () => {
    const { body } = await http().get('/api/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    expect(Object.keys(body.webhooks)).toContain('application.created');
    expect(Object.keys(body.paths)).toContain('/api/baskets/{id}');
    const page = await http().get('/api/docs');
    expect(page.headers['content-type']).toMatch(/text\/html/);
    const script = /src="([^"]*swagger-ui-bundle\.js)"/.exec(page.text)?.[1];
    expect((await http().get(new URL(script!, 'http://x/api/docs').pathname)).status).toBe(200);
  });

  describe('the admin app', () => {
    it('is the target of /', async () => {
      const answer = await http().get('/');
      expect([answer.status, answer.headers.location]).toEqual([302, '/recruiter/api']);
    });

    it('answers every page with index.html, which is revalidated each time', async () => {
      const page = await http().get('/recruiter/api/deliveries/1?x=1').set('accept', 'text/html,*/*;q=0.8');
      expect(page.text).toContain('<title>admin</title>');
      expect(page.headers['cache-control']).toBe('no-cache');
      expect(page.headers['content-security-policy']).toContain("script-src 'self'");
    });

    const CLIENTS: [name: string, method: 'get' | 'head', headers: Record<string, string>][] = [
      ['curl', 'get', { accept: '*/*', 'user-agent': 'curl/8.5.0' }],
      ['curl -I', 'head', { accept: '*/*', 'user-agent': 'curl/8.5.0' }],
      ['an uptime monitor', 'head', { 'user-agent': 'UptimeRobot/2.0' }],
      [
        'a link checker',
        'get',
        { accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8', 'user-agent': 'W3C-checklink' },
      ],
      [
        'a chat preview',
        'get',
        { accept: 'image/*,text/*;q=0.5', range: 'bytes=0-32768', 'user-agent': 'Slackbot-LinkExpanding 1.0' },
      ],
    ];

    it.each(CLIENTS)('is served to %s, with 404 for unknown pages', async (_name, method, headers) => {
      for (const path of ['/recruiter/api', '/recruiter/api/', '/recruiter/api/deliveries/1']) {
        const page = await http()[method](path).set(headers);
        expect([path, page.status < 300, page.headers['content-type']]).toEqual([
          path,
          true,
          expect.stringMatching(/html/),
        ]);
        if (method === 'get') expect(page.text).toContain('<title>admin</title>');
      }
      for (const path of ['/recruiter/api/nothing', '/nothing', '/recruiter/api/deliveries/1/more']) {
        expect([path, (await http()[method](path).set(headers)).status]).toEqual([path, 404]);
      }
    });

    it('asks who is signed in along with a page, of browsers that have a session', async () => {
      const page = (path: string) => http().get(path).set('accept', 'text/html').set('cookie', 'bpoc_session=x');
      expect((await page('/recruiter/api')).headers['link']).toMatch(/^<\/api\/me>; rel=preload/);
      expect((await http().get('/recruiter/api')).headers['link']).toBeUndefined();
    });

    it('shows its own page to browsers for unknown addresses', async () => {
      const page = await http().get('/recruiter/api/nothing').set('accept', 'text/html');
      expect([page.status, page.text]).toEqual([404, expect.stringContaining('<title>admin</title>')]);
    });

    it('lets browsers cache files with a hash in their name', async () => {
      const asset = await http().get('/assets/main-abc123.js');
      expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable');
      expect(asset.headers['content-type']).toMatch(/javascript/);
    });

    it('never answers with a page if a file or the API was requested', async () => {
      await problemOf(http().get('/assets/gone.js').set('accept', '*/*'), 404, 'not_found');
      await problemOf(http().get('/api/nothing').set('accept', 'text/html'), 404, 'not_found');
      await problemOf(http().get('/recruiter/api').set('accept', 'application/json'), 404, 'not_found');
    });
  });
});

describe('the HTTP application without a built admin app, behind https', () => {
  it('serves the API, requires https and serves security.txt', async () => {
    const app = await createHttpApp(BasketModule, {
      publicUrl: 'https://webhooks.example',
      securityContact: ['mailto:security@webhooks.example', 'https://webhooks.example/security'],
      adminDirectory: '/nonexistent',
      nest: { logger: false },
    });
    await app.listen(0, '127.0.0.1');
    try {
      const answer = await request(app.getHttpServer()).get('/api/baskets');
      expect(answer.status).toBe(200);
      expect(answer.headers['strict-transport-security']).toMatch(/max-age=31536000/);
      expect(answer.headers['content-security-policy']).toContain('upgrade-insecure-requests');
      expect((await request(app.getHttpServer()).get('/recruiter/api').set('accept', 'text/html')).status).toBe(404);
      const { headers, text } = await request(app.getHttpServer()).get('/.well-known/security.txt');
      expect(headers['content-type']).toBe('text/plain; charset=utf-8');
      const expires = /^Expires: (.+)$/m.exec(text)?.[1];
      // RFC 9116, 2.5.5: in the future, by less than a year.
      const daysLeft = (Date.parse(expires!) - Date.now()) / 86_400_000;
      expect(daysLeft > 30 && daysLeft < 365).toBe(true);
      expect(text.split('\n')).toEqual([
        'Contact: mailto:security@webhooks.example',
        'Contact: https://webhooks.example/security',
        `Expires: ${expires}`,
        'Preferred-Languages: en',
        'Canonical: https://webhooks.example/.well-known/security.txt',
        '',
      ]);
    } finally {
      await app.close();
    }
  });
});
