import Link from "next/link";

import { Notice } from "@/components/Notice";

export default function NotFound() {
  return (
    <Notice title="There is nothing here" text="The address may be mistyped.">
      <Link className="button" href="/">
        To the tasks
      </Link>
    </Notice>
  );
}
