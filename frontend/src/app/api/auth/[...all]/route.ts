import { authRequest } from "@/server/auth/http";

export const dynamic = "force-dynamic";

export { authRequest as GET, authRequest as POST };
