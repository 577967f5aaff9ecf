import { ButtonLink } from '../ui/link';
import { Page } from '../ui/page';
import { EmptyNote } from '../ui/states';

/** Inside the frame of the signed-in screens, whose tabs offer a way out. */
export function NotFoundScreen() {
  return (
    <Page title="Page not found">
      <EmptyNote
        title="The address may be mistyped, or the page has moved."
        action={
          <ButtonLink variant="default" to="/recruiter/api/webhooks">
            Go to Webhooks
          </ButtonLink>
        }
      />
    </Page>
  );
}
