/** Takes docs/images/graphiql.png of a server that runs with the demo: npm run -s script scripts/picture.ts http://127.0.0.1:4000 */
import chromium from '@sparticuz/chromium';
import { chromium as browserType } from 'playwright-core';

const [url = 'http://127.0.0.1:4000'] = process.argv.slice(2);
const browser = await browserType.launch({ executablePath: await chromium.executablePath(), args: chromium.args, headless: true });
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 640 } });
  await page.goto(`${url}/graphiql`);
  await page.getByRole('button', { name: /execute query/i }).click();
  await page.getByText('industryLabel').nth(1).waitFor();
  await page.locator('.graphiql-query-editor .squiggly-warning').waitFor({ state: 'attached' });
  await page.screenshot({ path: 'docs/images/graphiql.png' });
} finally {
  await browser.close();
}
