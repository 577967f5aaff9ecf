import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { Body, Controller, Get, Module, NotFoundException, Param, Post, Query } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Type } from 'class-transformer';
import { ArrayNotEmpty, IsArray, IsIn, IsString, ValidateNested } from 'class-validator';
import request from 'supertest';
import { createHttpApp } from '../src/http-app.js';
import { IdPipe } from '../src/http/id.pipe.js';
import { PageQuery } from '../src/http/keyset-page.js';
import { AppError } from '../src/lib/app-error.js';

/* A small API, to test what the HTTP application does for every route. */

class Fruit {
  @IsIn(['apple', 'pear'])
  kind: string;
}

class Basket {
  @IsString()
  name: string;

  @IsArray()
  @ArrayNotEmpty()
  @ValidateNested({ each: true })
  @Type(() => Fruit)
  fruits: Fruit[];
}

@Controller('api/baskets')
class BasketController {
  @Get()
  list(@Query() query: PageQuery) {
    return { limit: query.limit };
  }

  @Get('bug')
  bug() {
    throw new Error('secret inner text');
  }

  @Get('missing')
  missing() {
    throw new NotFoundException();
  }

  @Get('busy')
  busy() {
    throw new AppError('too_many_requests', 'Slowly.', { retryAfterSeconds: 3.2 });
  }

  @Get('database')
  database() {
    throw Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' });
  }

  @Get(':id')
  read(@Param('id', IdPipe) id: string) {
    return { id };
  }

  @Post()
  create(@Body() body: Basket) {
    return { fruits: body.fruits.length };
  }
}

@Controller('api/internal/baskets')
class InternalBasketController {
  @Get()
  list() {
    return [];
  }
}

@Module({ controllers: [BasketController, InternalBasketController] })
export class BasketModule {}

/** The application with the small API and an admin app of two files. Called in a `describe`. */
export function basketApp() {
  let app: NestFastifyApplication;
  let directory: string;
  let port: number;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bpoc-admin-'));
    await mkdir(join(directory, 'assets'));
    await writeFile(join(directory, 'index.html'), '<!doctype html><title>admin</title>');
    await writeFile(join(directory, 'assets', 'main-abc123.js'), 'export {};');
    await writeFile(join(directory, 'pages.json'), JSON.stringify(['/recruiter/api', '/recruiter/api/deliveries/$id']));
    app = await createHttpApp(BasketModule, {
      publicUrl: null,
      trustedProxies: ['127.0.0.1'],
      adminDirectory: directory,
      nest: { logger: false },
    });
    await app.listen(0, '127.0.0.1');
    port = Number(new URL(await app.getUrl()).port);
  });

  afterAll(async () => {
    await app.close();
    await rm(directory, { recursive: true });
  });

  const http = () => request(app.getHttpServer());

  /** Raw: supertest would normalise the URL and does not know every method. */
  const answerTo = (line: string) =>
    new Promise<{ head: string; body: string }>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.end(`${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      });
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('end', () => {
        const [head = '', body = ''] = text.split('\r\n\r\n');
        resolve({ head: head.replaceAll('\r', ''), body });
      });
      socket.on('error', reject);
    });

  return { http, answerTo };
}

/** Resolves with the answer, which must be this problem. */
export const problemOf = async (test: request.Test, status: number, code: string) => {
  const answer = await test;
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(answer.body).toMatchObject({
    type: 'about:blank',
    status,
    code,
    request_id: answer.headers['x-request-id'],
  });
  expect(answer.status).toBe(status);
  return answer;
};
