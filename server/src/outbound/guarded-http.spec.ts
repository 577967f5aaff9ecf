import { HttpModule } from '@nestjs/axios';
import { expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { BODY, closeAfterTest, newClient, receive, setUpOutbound } from '../../test/outbound.js';
import { GuardedHttp, guardedOptions } from './guarded-http.js';

setUpOutbound();

async function newHttp(): Promise<GuardedHttp> {
  class TestModule {}
  const imports = [HttpModule.registerAsync({ useFactory: () => guardedOptions(newClient()) })];
  const app = await NestFactory.createApplicationContext(
    { module: TestModule, imports, providers: [GuardedHttp] },
    { logger: false },
  );
  closeAfterTest(() => app.close());
  return app.get(GuardedHttp);
}

it('posts the bytes as given and resolves with the status', async () => {
  const receiver = await receive('well_behaved');
  const http = await newHttp();
  expect(await http.postJson(`http://127.0.0.1:${receiver.port}/hook`, BODY, { 'x-kept': '1' })).toBe(200);
  expect(receiver.lastRequest).toMatch(/^POST \/hook [\s\S]*x-kept: 1/);
  expect(receiver.lastRequest.endsWith(BODY)).toBe(true);
});

it.each(['http://10.0.0.1/', 'http://169.254.169.254/latest', 'https://[fd00::1]/'])('refuses %s', async (url) => {
  const http = await newHttp();
  await expect(http.postJson(url, BODY, {})).rejects.toMatchObject({ code: 'blocked_address' });
});
