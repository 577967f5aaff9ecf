import { Page } from '../ui/page';
import { TextLink } from '../ui/link';

export function NotFoundScreen() {
  return (
    <main id="content">
      <Page title="There is no such page" intro="The address may be mistyped, or the page has moved.">
        <p>
          <TextLink to="/recruiter/api/webhooks">Go to Webhooks</TextLink>
        </p>
      </Page>
    </main>
  );
}
