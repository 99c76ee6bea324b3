/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What all backends have in common. */

#include "service/base/l2tp-error.h"
#include "service/ipsec/l2tp-ipsec-private.h"

typedef struct
{
  guint n_done;
  GError *error;
} Result;

static L2tpConfig *
make_config (gboolean enabled)
{
  GVariantBuilder plain;
  g_autoptr (GVariant) settings = NULL;
  g_autoptr (GError) error = NULL;
  L2tpConfig *config;

  g_variant_builder_init (&plain, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&plain, "{sv}", "name", g_variant_new_string ("x"));
  g_variant_builder_add (&plain, "{sv}", "gateway", g_variant_new_string ("lns.example"));
  g_variant_builder_add (&plain, "{sv}", "ipsec-enabled", g_variant_new_boolean (enabled));
  settings = g_variant_ref_sink (g_variant_builder_end (&plain));
  config = l2tp_config_new (settings, NULL, &error);
  g_assert_no_error (error);
  return config;
}

static void
on_up (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Result *done = user_data;

  g_clear_error (&done->error);
  l2tp_ipsec_up_finish (L2TP_IPSEC (source), result, &done->error);
  done->n_done++;
}

static void
on_down (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Result *done = user_data;

  l2tp_ipsec_down_finish (L2TP_IPSEC (source), result);
  done->n_done++;
}

static void
wait_done (Result *done, guint n)
{
  while (done->n_done < n)
    g_main_context_iteration (NULL, TRUE);
}

/* No key, no daemon: one error each, and down always comes to an end. */
static void
test_failures (void)
{
  g_autoptr (L2tpIpsecDaemon) daemon = l2tp_ipsec_daemon_new ("/nonexistent/vici");
  g_autoptr (L2tpConfig) bare = make_config (TRUE);
  g_autoptr (GVariant) psk = g_variant_ref_sink (g_variant_new_parsed ("{'ipsec-psk': <'p'>}"));
  g_autoptr (L2tpConfig) config = l2tp_config_new_with_secrets (bare, psk, NULL);
  g_autoptr (L2tpIpsec) without_key = l2tp_ipsec_new (daemon, bare, "x");
  g_autoptr (L2tpIpsec) without_daemon = l2tp_ipsec_new (daemon, config, "x");
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("10.9.0.1", 1701);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Result done = { 0 };

  l2tp_ipsec_up_async (without_key, G_INET_SOCKET_ADDRESS (address),
                       G_INET_SOCKET_ADDRESS (address), NULL, on_up, &done);
  wait_done (&done, 1);
  g_assert_error (done.error, L2TP_ERROR, L2TP_ERROR_NO_SECRETS);
  g_assert_cmpint (l2tp_ipsec_get_failure (without_key), ==, L2TP_IPSEC_FAILURE_SETTINGS);

  l2tp_ipsec_up_async (without_daemon, G_INET_SOCKET_ADDRESS (address),
                       G_INET_SOCKET_ADDRESS (address), NULL, on_up, &done);
  wait_done (&done, 2);
  g_assert_error (done.error, L2TP_ERROR, L2TP_ERROR_MISSING_DEPENDENCY);
  g_assert_cmpint (l2tp_ipsec_get_failure (without_daemon), ==, L2TP_IPSEC_FAILURE_NO_DAEMON);

  l2tp_ipsec_up_async (without_daemon, G_INET_SOCKET_ADDRESS (address),
                       G_INET_SOCKET_ADDRESS (address), cancellable, on_up, &done);
  l2tp_ipsec_down_async (without_daemon, on_down, &done);
  g_cancellable_cancel (cancellable);
  wait_done (&done, 4);
  g_assert_error (done.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  l2tp_ipsec_down_async (without_key, on_down, &done);
  wait_done (&done, 5);
  g_clear_error (&done.error);
}

typedef struct
{
  L2tpIpsecPlace *place;
  GError *error;
  guint n_done;
  gboolean leaves; /* at once */
} Claimed;

static void
on_claimed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Claimed *claimed = user_data;

  claimed->place = l2tp_ipsec_daemon_claim_finish (result, &claimed->error);
  claimed->n_done++;
  if (claimed->leaves)
    claimed->place = l2tp_ipsec_place_leave (claimed->place);
}

static void
spin (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
on_evicted (gpointer user_data)
{
  (*(guint *) user_data)++;
}

/* With the only identity that is both the key's and what is looked for; NULL: anybody's. */
static void
claim (L2tpIpsecDaemon *daemon,
       const char *tag,
       const char *key,
       const char *identity,
       guint *evicted,
       GCancellable *cancellable,
       Claimed *claimed)
{
  g_autoptr (L2tpSecret) secret = l2tp_secret_new (key, strlen (key));
  const char *const identities[] = { identity != NULL ? identity : "%any", NULL };
  const L2tpIpsecClaim wish = {
    .tag = tag,
    .connection = tag,
    .key = secret,
    .owners = identities,
    .lookups = identities,
    .evict = evicted != NULL ? on_evicted : NULL,
    .evict_data = evicted,
  };

  *claimed = (Claimed){ 0 };
  l2tp_ipsec_daemon_claim_async (daemon, &wish, cancellable, on_claimed, claimed);
  spin ();
}

static void
leave (Claimed *claimed)
{
  g_assert_no_error (claimed->error);
  g_assert_cmpuint (claimed->n_done, ==, 1);
  claimed->place = l2tp_ipsec_place_leave (claimed->place);
  spin ();
}

/* Only a key that may be taken for another one waits. */
static void
test_turns (void)
{
  g_autoptr (L2tpIpsecDaemon) daemon = l2tp_ipsec_daemon_new (NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Claimed a, same, elsewhere, b, c, any;

  claim (daemon, "a", "k", "10.0.0.1", NULL, NULL, &a);
  claim (daemon, "same", "k", "10.0.0.1", NULL, NULL, &same);
  claim (daemon, "elsewhere", "m", "10.0.0.2", NULL, NULL, &elsewhere);
  claim (daemon, "b", "l", "10.0.0.1", NULL, cancellable, &b);
  claim (daemon, "c", "l", "10.0.0.1", NULL, NULL, &c);
  claim (daemon, "any", "n", NULL, NULL, NULL, &any);
  g_assert_cmpuint (a.n_done + same.n_done + elsewhere.n_done, ==, 3);
  g_assert_cmpuint (b.n_done + c.n_done + any.n_done, ==, 0);
  l2tp_ipsec_daemon_cancel_claim (daemon, cancellable);
  spin ();
  g_assert_error (b.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&b.error);
  leave (&a);
  g_assert_cmpuint (c.n_done, ==, 0);
  leave (&same);
  g_assert_cmpuint (c.n_done + any.n_done, ==, 1);
  leave (&c);
  g_assert_cmpuint (any.n_done, ==, 0);
  leave (&elsewhere);
  leave (&any);
}

static gboolean
on_idle (gpointer user_data)
{
  Claimed *claimed = user_data;

  claimed->place = l2tp_ipsec_place_leave (claimed->place);
  return G_SOURCE_REMOVE;
}

/* Who gets his turn may leave before he was told of all of it. */
static void
test_turn_left (void)
{
  g_autoptr (L2tpIpsecDaemon) daemon = l2tp_ipsec_daemon_new (NULL);
  Claimed a, b, c, d;

  claim (daemon, "a", "k", "10.0.0.1", NULL, NULL, &a);
  claim (daemon, "b", "l", "10.0.0.1", NULL, NULL, &b);
  claim (daemon, "c", "m", "10.0.0.1", NULL, NULL, &c);
  b.leaves = c.leaves = TRUE;
  g_idle_add (on_idle, &a);
  spin ();
  g_assert_cmpuint (b.n_done, ==, 1);
  g_assert_cmpuint (c.n_done, ==, 1);
  claim (daemon, "d", "n", "10.0.0.1", NULL, NULL, &d);
  leave (&d);
}

/* An SA that is up keeps its key, unless it can do without. */
static void
test_settled (void)
{
  g_autoptr (L2tpIpsecDaemon) daemon = l2tp_ipsec_daemon_new (NULL);
  Claimed a, b, any;
  guint n_evicted = 0;

  claim (daemon, "a", "k", "10.0.0.1", NULL, NULL, &a);
  claim (daemon, "b", "l", "10.0.0.1", NULL, NULL, &b);
  l2tp_ipsec_place_settle (a.place);
  spin ();
  g_assert_error (b.error, L2TP_ERROR, L2TP_ERROR_BUSY);
  g_assert_nonnull (strstr (b.error->message, "“a”"));
  g_clear_error (&b.error);
  claim (daemon, "any", "n", NULL, NULL, NULL, &any); /* is not looked for by that address */
  leave (&any);
  claim (daemon, "a", "new", "10.0.0.1", NULL, NULL, &b); /* its own */
  leave (&b);
  leave (&a);

  claim (daemon, "a", "k", "lns", &n_evicted, NULL, &a);
  l2tp_ipsec_place_settle (a.place);
  claim (daemon, "b", "l", "lns", NULL, NULL, &b);
  g_assert_cmpuint (n_evicted, ==, 1);
  g_assert_cmpuint (b.n_done, ==, 0);
  leave (&a);
  g_assert_cmpuint (n_evicted, ==, 1);
  leave (&b);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ipsec/failures", test_failures);
  g_test_add_func ("/ipsec/turns", test_turns);
  g_test_add_func ("/ipsec/turn-left", test_turn_left);
  g_test_add_func ("/ipsec/settled", test_settled);
  return g_test_run ();
}
