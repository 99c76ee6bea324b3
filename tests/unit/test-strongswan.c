/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* What strongSwan is told and what it tells, and which offer follows which. Against the daemon
 * itself: tests/bed/test_ipsec.py. */

#include <string.h>

#include "service/ipsec/l2tp-strongswan-attempt.h"
#include "service/ipsec/l2tp-strongswan-messages.h"

/* KEY=VALUE, NULL at the end; keys that are secrets among them. */
static L2tpConfig *
make_config (const char *first, ...)
{
  GVariantBuilder plain, secrets;
  g_autoptr (GVariant) settings = NULL;
  g_autoptr (GVariant) hidden = NULL;
  g_autoptr (GError) error = NULL;
  L2tpConfig *config;
  va_list args;

  g_variant_builder_init (&plain, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_init (&secrets, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&plain, "{sv}", "name", g_variant_new_string ("x"));
  g_variant_builder_add (&plain, "{sv}", "gateway", g_variant_new_string ("lns.example"));
  va_start (args, first);
  for (const char *pair = first; pair != NULL; pair = va_arg (args, const char *))
    {
      g_auto (GStrv) parts = g_strsplit (pair, "=", 2);
      gboolean is_secret = g_str_equal (parts[0], "ipsec-psk");

      g_variant_builder_add (is_secret ? &secrets : &plain, "{sv}", parts[0],
                             g_variant_new_string (parts[1]));
    }
  va_end (args);
  settings = g_variant_ref_sink (g_variant_builder_end (&plain));
  hidden = g_variant_ref_sink (g_variant_builder_end (&secrets));
  config = l2tp_config_new (settings, hidden, &error);
  g_assert_no_error (error);
  return config;
}

/* The message as text: "section{key=value;list[a,b]}". */
static void
write_text (GString *text, L2tpViciSection rest)
{
  L2tpViciItem item;

  while (l2tp_vici_section_next (&rest, &item))
    {
      if (item.name != NULL)
        g_string_append_len (text, item.name, (gssize) item.name_len);
      switch (item.type)
        {
        case L2TP_VICI_ITEM_SECTION:
        case L2TP_VICI_ITEM_LIST:
          g_string_append_c (text, '{');
          write_text (text, item.section);
          g_string_append_c (text, '}');
          break;
        case L2TP_VICI_ITEM_VALUE:
          g_string_append_c (text, '=');
          g_string_append_len (text, (const char *) item.value.data, (gssize) item.value.len);
          g_string_append_c (text, ';');
          break;
        case L2TP_VICI_ITEM_ENTRY:
          g_string_append_len (text, (const char *) item.value.data, (gssize) item.value.len);
          g_string_append_c (text, ',');
          break;
        }
    }
}

/* A request has the layout of an event but for its type. */
static char *
to_text (L2tpViciRequest *owned)
{
  g_autoptr (L2tpViciRequest) request = owned;
  GString *text = g_string_new (NULL);
  g_autofree guint8 *event = NULL;
  L2tpViciPacket packet;
  const guint8 *data;
  gsize len;

  data = l2tp_vici_request_encode (request, &len);
  g_assert_nonnull (data);
  event = g_memdup2 (data + L2TP_VICI_HEADER, len - L2TP_VICI_HEADER);
  event[0] = L2TP_VICI_EVENT;
  g_assert_true (l2tp_vici_packet_parse (event, len - L2TP_VICI_HEADER, &packet));
  g_string_append_printf (text, "%s ", packet.name);
  write_text (text, packet.message);
  return g_string_free (text, FALSE);
}

typedef struct
{
  L2tpConfig *config;
  GSocketAddress *local, *peer;
  L2tpIpsecCredentials *credentials;
  L2tpStrongswanPlan plan;
} Fixture;

static const char *const ike[] = { "aes256-sha256-modp2048", NULL };
static const char *const esp[] = { "aes256gcm16", "aes128-sha1", NULL };

static void
set_up (Fixture *f, L2tpConfig *config, guint local_port)
{
  f->config = config;
  f->local = g_inet_socket_address_new_from_string ("10.9.0.1", local_port);
  f->peer = g_inet_socket_address_new_from_string ("10.9.0.2", 1701);
  f->credentials =
      l2tp_ipsec_credentials_new_psk (l2tp_config_get_secret (config, L2TP_OPTION_IPSEC_PSK), NULL);
  f->plan = (L2tpStrongswanPlan){ .name = "l2tp-client-x",
                                  .config = config,
                                  .local = G_INET_SOCKET_ADDRESS (f->local),
                                  .peer = G_INET_SOCKET_ADDRESS (f->peer),
                                  .credentials = f->credentials,
                                  .ike = ike,
                                  .esp = esp };
}

static void
tear_down (Fixture *f)
{
  l2tp_config_unref (f->config);
  g_object_unref (f->local);
  g_object_unref (f->peer);
  l2tp_ipsec_credentials_free (f->credentials);
}

static void
assert_conn (L2tpConfig *config, guint local_port, const char *expected)
{
  g_autofree char *text = NULL;
  Fixture f;

  set_up (&f, config, local_port);
  text = to_text (l2tp_strongswan_make_conn (&f.plan));
  g_assert_cmpstr (text, ==, expected);
  tear_down (&f);
}

static void
test_conn (void)
{
  assert_conn (make_config ("ipsec-psk=p", NULL), 1701,
               "load-conn l2tp-client-x{version=1;local_addrs{10.9.0.1,}remote_addrs{10.9.0.2,}"
               "proposals{aes256-sha256-modp2048,}keyingtries=1;mobike=no;dpd_delay=30;"
               "dpd_timeout=90;local{auth=psk;aaa_id=l2tp-client-x;}"
               "remote{auth=psk;id=%any;}children{l2tp{"
               "mode=transport;esp_proposals{aes256gcm16,aes128-sha1,}local_ts{dynamic[17/1701],}"
               "remote_ts{dynamic[17/1701],}priority=19506;}}}");
  assert_conn (make_config ("ipsec-psk=p", "ipsec-ikev2=yes", "ipsec-remote-id=lns.example",
                            "ipsec-group-name=us", "ipsec-forceencaps=yes", "ipsec-ipcomp=yes",
                            "ipsec-ikelifetime=3600", "ipsec-salifetime=600", NULL),
               0,
               "load-conn l2tp-client-x{version=2;local_addrs{10.9.0.1,}remote_addrs{10.9.0.2,}"
               "proposals{aes256-sha256-modp2048,}keyingtries=1;mobike=no;dpd_delay=30;"
               "dpd_timeout=90;rekey_time=3240;over_time=360;encap=yes;local{auth=psk;"
               "aaa_id=l2tp-client-x;id=us;}"
               "remote{auth=psk;id=lns.example;}children{l2tp{mode=transport;"
               "esp_proposals{aes256gcm16,aes128-sha1,}local_ts{dynamic[17],}"
               "remote_ts{dynamic[17/1701],}priority=19506;life_time=600;rekey_time=540;"
               "ipcomp=yes;}}}");
}

static void
assert_shared (L2tpConfig *config, gboolean any, const char *expected)
{
  g_autofree char *text = NULL;
  Fixture f;

  set_up (&f, config, 1701);
  g_assert_cmpint (l2tp_strongswan_needs_any_owner (config), ==, any);
  text = to_text (l2tp_strongswan_make_shared (&f.plan));
  g_assert_cmpstr (text, ==, expected);
  tear_down (&f);
}

static void
test_shared (void)
{
  assert_shared (make_config ("ipsec-psk=0sUFNL", NULL), FALSE,
                 "load-shared id=l2tp-client-x;type=IKE;data=PSK;owners{10.9.0.2,}");
  assert_shared (make_config ("ipsec-psk=p", "ipsec-ikev2=yes", NULL), TRUE,
                 "load-shared id=l2tp-client-x;type=IKE;data=p;owners{10.9.0.2,%any,}");
  assert_shared (make_config ("ipsec-psk=p", "ipsec-ikev2=yes", "ipsec-remote-id=r", NULL), FALSE,
                 "load-shared id=l2tp-client-x;type=IKE;data=p;owners{10.9.0.2,r,}");
}

static void
test_sa (void)
{
  g_autoptr (L2tpViciRequest) request = l2tp_vici_request_new (L2TP_VICI_EVENT, "list-sa");
  static const char *const pairs[] = { "version",    "1",         "nat-local", "yes",
                                       "encr-alg",   "3DES_CBC",  "integ-alg", "HMAC_SHA1_96",
                                       "dh-group",   "MODP_1024", "remote-id", "10.9.0.2",
                                       "local-host", "10.9.0.1" };
  static const char *const child[] = { "state",     "INSTALLED",    "encap",        "yes",
                                       "encr-alg",  "AES_CBC",      "encr-keysize", "256",
                                       "integ-alg", "HMAC_SHA1_96", "spi-in",       "c0ffee01",
                                       "spi-out",   "c0ffee02",     "rekey-time",   "100" };
  g_auto (L2tpStrongswanSa) sa = { 0 };
  L2tpViciPacket packet;
  const guint8 *data;
  gsize len;

  for (gsize i = 0; i < G_N_ELEMENTS (pairs); i += 2)
    l2tp_vici_request_put (request, pairs[i], pairs[i + 1]);
  l2tp_vici_request_begin (request, "child-sas");
  l2tp_vici_request_begin (request, "l2tp-7");
  for (gsize i = 0; i < G_N_ELEMENTS (child); i += 2)
    l2tp_vici_request_put (request, child[i], child[i + 1]);
  l2tp_vici_request_end (request);
  l2tp_vici_request_begin (request, "l2tp-6");
  l2tp_vici_request_put (request, "state", "DELETED");
  l2tp_vici_request_end (request);
  l2tp_vici_request_end (request);
  data = l2tp_vici_request_encode (request, &len);
  g_assert_true (l2tp_vici_packet_parse (data + 4, len - 4, &packet));

  l2tp_strongswan_parse_sa (&packet.message, 5000000, &sa);
  g_assert_true (sa.status.is_up && sa.status.encap && sa.status.nat_local && sa.is_weak);
  g_assert_false (sa.status.ikev2 || sa.status.nat_remote || sa.status.pfs);
  g_assert_cmpstr (sa.status.ike, ==, "3DES_CBC/HMAC_SHA1_96/MODP_1024");
  g_assert_cmpstr (sa.status.esp, ==, "AES_CBC-256/HMAC_SHA1_96");
  g_assert_cmpint (sa.status.rekey_time, ==, 105000000);
  g_assert_cmpuint (sa.spi_in, ==, 0xc0ffee01);
  g_assert_cmpuint (sa.spi_out, ==, 0xc0ffee02);
  g_assert_cmpstr (sa.dh_group, ==, "MODP_1024");
  g_assert_cmpuint (sa.status.overhead, ==, 61);
}

/* RFC 4303: 8 + IV + up to a block less one of padding, 2, check value; RFC 3948: 8. */
static void
test_overhead (void)
{
  g_assert_cmpuint (l2tp_strongswan_overhead ("AES_CBC", "HMAC_SHA1_96", FALSE), ==, 53);
  g_assert_cmpuint (l2tp_strongswan_overhead ("AES_CBC", "HMAC_SHA2_256_128", TRUE), ==, 65);
  g_assert_cmpuint (l2tp_strongswan_overhead ("3DES_CBC", "HMAC_SHA1_96", FALSE), ==, 37);
  g_assert_cmpuint (l2tp_strongswan_overhead ("AES_GCM_16", NULL, FALSE), ==, 37);
  g_assert_cmpuint (l2tp_strongswan_overhead ("AES_GCM_8", NULL, TRUE), ==, 37);
  /* Of what is not known, the most. */
  g_assert_cmpuint (l2tp_strongswan_overhead (NULL, NULL, TRUE), ==, 81);
}

static void
assert_next (L2tpStrongswanAttempt *attempt,
             L2tpConfig *config,
             L2tpIpsecFailure failure,
             gboolean compatible,
             gboolean pfs)
{
  g_assert_true (l2tp_strongswan_attempt_next (attempt, config, failure, "MODP_1024"));
  g_assert_cmpint (attempt->compatible, ==, compatible);
  g_assert_cmpint (attempt->pfs, ==, pfs);
}

static void
test_attempts (void)
{
  g_autoptr (L2tpConfig) config = make_config ("ipsec-psk=p", NULL);
  L2tpStrongswanAttempt attempt = { 0 };

  l2tp_strongswan_attempt_begin (&attempt, config);
  g_assert_false (attempt.compatible || attempt.pfs);
  g_assert_false (l2tp_strongswan_attempt_next (&attempt, config, L2TP_IPSEC_FAILURE_PSK, NULL));
  assert_next (&attempt, config, L2TP_IPSEC_FAILURE_ESP_PROPOSAL, FALSE, TRUE);
  g_assert_cmpstr (attempt.pfs_group, ==, "modp1024");
  assert_next (&attempt, config, L2TP_IPSEC_FAILURE_ESP_PROPOSAL, TRUE, FALSE);
  assert_next (&attempt, config, L2TP_IPSEC_FAILURE_ESP_PROPOSAL, TRUE, TRUE);
  g_assert_false (
      l2tp_strongswan_attempt_next (&attempt, config, L2TP_IPSEC_FAILURE_ESP_PROPOSAL, NULL));

  l2tp_strongswan_attempt_begin (&attempt, config);
  assert_next (&attempt, config, L2TP_IPSEC_FAILURE_IKE_PROPOSAL, TRUE, FALSE);
  g_assert_true (l2tp_strongswan_attempt_make_proposals (&attempt, config, NULL, NULL));
  g_assert_cmpuint (g_strv_length (attempt.ike), ==, 16);
  g_assert_cmpuint (g_strv_length (attempt.esp), ==, 6);
  g_assert_false (
      l2tp_strongswan_attempt_next (&attempt, config, L2TP_IPSEC_FAILURE_IKE_PROPOSAL, NULL));
  l2tp_strongswan_attempt_clear (&attempt);
}

/* Who has chosen gets what was chosen. */
static void
test_chosen (void)
{
  static const struct
  {
    const char *option;
    gboolean compatible, pfs;
    L2tpIpsecFailure failure;
  } cases[] = {
    { "ipsec-profile=modern", FALSE, FALSE, L2TP_IPSEC_FAILURE_IKE_PROPOSAL },
    { "ipsec-profile=compatible", TRUE, FALSE, L2TP_IPSEC_FAILURE_IKE_PROPOSAL },
    { "ipsec-ike=aes128-sha1-modp2048", FALSE, FALSE, L2TP_IPSEC_FAILURE_IKE_PROPOSAL },
    { "ipsec-ikev2=yes", FALSE, FALSE, L2TP_IPSEC_FAILURE_SELECTORS },
  };
  g_autoptr (L2tpConfig) pfs =
      make_config ("ipsec-psk=p", "ipsec-pfs=yes", "ipsec-profile=modern", NULL);
  g_autoptr (L2tpConfig) group =
      make_config ("ipsec-psk=p", "ipsec-esp=aes128-sha1;modp1024", NULL);
  L2tpStrongswanAttempt attempt = { 0 };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (L2tpConfig) config = make_config ("ipsec-psk=p", cases[i].option, NULL);

      l2tp_strongswan_attempt_begin (&attempt, config);
      g_assert_cmpint (attempt.compatible, ==, cases[i].compatible);
      g_assert_cmpint (attempt.pfs, ==, cases[i].pfs);
      g_assert_false (l2tp_strongswan_attempt_next (&attempt, config, cases[i].failure, NULL));
    }
  l2tp_strongswan_attempt_begin (&attempt, pfs);
  g_assert_true (attempt.pfs);
  g_assert_false (
      l2tp_strongswan_attempt_next (&attempt, pfs, L2TP_IPSEC_FAILURE_ESP_PROPOSAL, NULL));
  l2tp_strongswan_attempt_begin (&attempt, group);
  g_assert_true (attempt.pfs);
  assert_next (&attempt, group, L2TP_IPSEC_FAILURE_ESP_PROPOSAL, FALSE, FALSE);
  l2tp_strongswan_attempt_clear (&attempt);
}

static void
test_ikev2_pfs (void)
{
  g_autoptr (L2tpConfig) config =
      make_config ("ipsec-psk=p", "ipsec-ikev2=yes", "ipsec-esp=aes128-sha1", NULL);
  L2tpStrongswanAttempt attempt = { 0 };

  l2tp_strongswan_attempt_begin (&attempt, config);
  g_assert_true (l2tp_strongswan_attempt_make_proposals (&attempt, config, NULL, NULL));
  g_assert_cmpuint (g_strv_length (attempt.esp), ==, 2);
  g_assert_cmpstr (attempt.esp[0], ==, "aes128-sha1-modp2048");
  g_assert_cmpstr (attempt.esp[1], ==, "aes128-sha1");
  l2tp_strongswan_attempt_clear (&attempt);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/strongswan/conn", test_conn);
  g_test_add_func ("/strongswan/shared", test_shared);
  g_test_add_func ("/strongswan/sa", test_sa);
  g_test_add_func ("/strongswan/overhead", test_overhead);
  g_test_add_func ("/strongswan/attempts", test_attempts);
  g_test_add_func ("/strongswan/chosen", test_chosen);
  g_test_add_func ("/strongswan/ikev2-pfs", test_ikev2_pfs);
  return g_test_run ();
}
