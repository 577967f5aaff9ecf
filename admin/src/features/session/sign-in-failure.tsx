import { ApiProblem } from '../../api/problem';
import { InfoBar, ProblemNote } from '../../ui/states';

/** Why the sign-in failed; empty before the first attempt. */
export function SignInFailure({ failure }: { failure: unknown }) {
  if (failure === null) return null;
  if (failure instanceof ApiProblem && failure.code === 'invalid_credentials') {
    return (
      <div role="alert">
        <InfoBar tone="bad">Wrong email or password. Check both and try again.</InfoBar>
      </div>
    );
  }
  return <ProblemNote error={failure} />;
}
