import Link from "next/link";

import { FullPage } from "@/components/FullPage";
import { EmptyPicture } from "@/components/icons";
import { Notice } from "@/components/Notice";

export default function NotFound() {
  return (
    <FullPage>
      <Notice main title="There is nothing here" text="The address may be mistyped." picture={<EmptyPicture />}>
        <Link className="button" href="/">
          To the tasks
        </Link>
      </Notice>
    </FullPage>
  );
}
