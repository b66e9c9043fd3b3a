"""Sign-in: whose token a request carries. The frontend's Better Auth makes them; here they are checked."""
