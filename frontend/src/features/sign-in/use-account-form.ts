import { type SubmitEvent, useRef, useState } from "react";

import { replacePage } from "./navigation";
import { type FieldName, type Refusal, type Refusals, type Values, checkValues } from "./refusal";

const FIELDS: readonly FieldName[] = ["name", "email", "password"];

/** State of a sign-in or sign-up form: what is wrong with which field, and whether the server is being asked. */
export function useAccountForm(send: (values: Values) => Promise<Refusal | null>, newAccount: boolean) {
  const form = useRef<HTMLFormElement>(null);
  const [refusals, setRefusals] = useState<Refusals>({});
  const [general, setGeneral] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  function show(found: Refusals, message: string | null): void {
    setRefusals(found);
    setGeneral(message);
    const first = FIELDS.find((name) => found[name] !== undefined);
    if (first !== undefined) form.current?.querySelector<HTMLInputElement>(`[name=${first}]`)?.focus();
  }

  async function submit(event: SubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    if (busy) return;
    const values = valuesOf(event.currentTarget);
    const found = checkValues(values, newAccount);
    show(found, null);
    if (Object.keys(found).length > 0) return;
    setBusy(true);
    const refusal = await send(values);
    if (refusal === null) {
      replacePage("/");
      return; // stays busy until the next page is there
    }
    setBusy(false);
    if (refusal.field === null) show({}, refusal.message);
    else show({ [refusal.field]: refusal.message }, null);
  }

  return { form, refusals, general, busy, submit };
}

function valuesOf(form: HTMLFormElement): Values {
  const data = new FormData(form);
  const text = (name: FieldName) => {
    const value = data.get(name);
    return typeof value === "string" ? value : "";
  };
  return { name: text("name"), email: text("email"), password: text("password") };
}
