import { VerifyCode } from '../features/guide/verify-section';
import { SharedPage } from '../features/shared/shared-page';

/** The page of a shared link, with the Guide's code. */
export function SharedScreen() {
  return <SharedPage verify={<VerifyCode />} />;
}
