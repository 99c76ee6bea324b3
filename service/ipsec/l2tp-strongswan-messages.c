/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* strongSwan's configuration (swanctl.conf(5)) as VICI messages, from a connection's options; and
 * its SAs. The authority goes in as an authority of its own, because only that can be taken out
 * again, and is required by name (ca_id). */

#include "l2tp-strongswan-messages.h"

#include <string.h>

#include "l2tp-ipsec-proposals.h"
#include "l2tp-xfrm.h"

#define DPD_DELAY   30 /* seconds; LCP echoes and Hellos are at work, too */
#define DPD_TIMEOUT 90

#define MAX_IDENTITY 512 /* octets */

static char *
address_text (GInetSocketAddress *address)
{
  return g_inet_address_to_string (g_inet_socket_address_get_address (address));
}

static gboolean
is_any (GInetSocketAddress *address)
{
  return g_inet_address_get_is_any (g_inet_socket_address_get_address (address));
}

static gboolean
is_ikev2 (const L2tpStrongswanPlan *plan)
{
  return l2tp_config_get_boolean (plan->config, L2TP_OPTION_IPSEC_IKEV2);
}

static void
put_time (L2tpViciRequest *request, const char *key, guint seconds)
{
  l2tp_vici_request_put_uint (request, key, seconds);
}

/* Renewed after nine tenths of its life. */
static void
put_ike_lifetime (L2tpViciRequest *request, const L2tpStrongswanPlan *plan)
{
  guint seconds = l2tp_config_get_uint (plan->config, L2TP_OPTION_IPSEC_IKELIFETIME);

  if (!l2tp_config_is_set (plan->config, L2TP_OPTION_IPSEC_IKELIFETIME))
    return;
  put_time (request, is_ikev2 (plan) ? "rekey_time" : "reauth_time", MAX (seconds * 9 / 10, 1));
  put_time (request, "over_time", MAX (seconds / 10, 1));
  if (seconds < 60)
    put_time (request, "rand_time", 0);
}

static void
put_esp_lifetime (L2tpViciRequest *request, const L2tpStrongswanPlan *plan)
{
  guint seconds = l2tp_config_get_uint (plan->config, L2TP_OPTION_IPSEC_SALIFETIME);

  if (!l2tp_config_is_set (plan->config, L2TP_OPTION_IPSEC_SALIFETIME))
    return;
  put_time (request, "life_time", seconds);
  put_time (request, "rekey_time", MAX (seconds * 9 / 10, 1));
}

static void
put_address (L2tpViciRequest *request, const char *key, GInetSocketAddress *address)
{
  g_autofree char *text = address_text (address);
  const char *const list[] = { text, NULL };

  l2tp_vici_request_put_list (request, key, list);
}

/* Two connections that look the same to strongSwan share one IKE SA, under the name of the first:
 * the second one's SA would come up with somebody else's key, and go with the first one. Nothing
 * but EAP reads this identity. */
static void
put_difference (L2tpViciRequest *request, const L2tpStrongswanPlan *plan)
{
  l2tp_vici_request_put (request, "aaa_id", plan->name);
}

static void
put_local (L2tpViciRequest *request, const L2tpStrongswanPlan *plan)
{
  const char *group = l2tp_config_get_string (plan->config, L2TP_OPTION_IPSEC_GROUP_NAME);
  GBytes *cert = plan->credentials->cert;
  gsize len;
  gconstpointer data;

  l2tp_vici_request_begin (request, "local");
  l2tp_vici_request_put (request, "auth", cert != NULL ? "pubkey" : "psk");
  put_difference (request, plan);
  if (cert == NULL && group != NULL)
    l2tp_vici_request_put (request, "id", group);
  if (cert != NULL)
    {
      l2tp_vici_request_begin_list (request, "certs");
      data = g_bytes_get_data (cert, &len);
      l2tp_vici_request_put_item (request, data, len);
      for (guint i = 0; i < plan->credentials->chain->len; i++)
        {
          data = g_bytes_get_data (g_ptr_array_index (plan->credentials->chain, i), &len);
          l2tp_vici_request_put_item (request, data, len);
        }
      l2tp_vici_request_end_list (request);
    }
  l2tp_vici_request_end (request);
}

/* strongSwan's spelling of a name in DER. */
static char *
subject_text (GBytes *subject)
{
  GString *text = g_string_new ("asn1dn:#");
  gsize len;
  const guint8 *data = g_bytes_get_data (subject, &len);

  for (gsize i = 0; i < len; i++)
    g_string_append_printf (text, "%02x", data[i]);
  return g_string_free (text, FALSE);
}

/* One of them must have signed. By certificate where the name is longer than strongSwan reads, for
 * all that this one stays in the daemon. */
static void
put_authorities (L2tpViciRequest *request, const L2tpIpsecCredentials *credentials)
{
  for (guint i = 0; i < credentials->ca->len; i++)
    {
      g_autofree char *text = subject_text (g_ptr_array_index (credentials->ca_subject, i));
      GBytes *ca = g_ptr_array_index (credentials->ca, i);

      if (strlen (text) < MAX_IDENTITY)
        {
          l2tp_vici_request_put (request, "ca_id", text);
          continue;
        }
      l2tp_vici_request_begin_list (request, "cacerts");
      l2tp_vici_request_put_item (request, g_bytes_get_data (ca, NULL), g_bytes_get_size (ca));
      l2tp_vici_request_end_list (request);
    }
}

static void
put_remote (L2tpViciRequest *request, const L2tpStrongswanPlan *plan)
{
  const char *id = l2tp_config_get_string (plan->config, L2TP_OPTION_IPSEC_REMOTE_ID);
  g_autofree char *address = address_text (plan->peer);

  if (id == NULL)
    id = plan->pins_address ? address : "%any";
  l2tp_vici_request_begin (request, "remote");
  l2tp_vici_request_put (request, "auth", plan->credentials->cert != NULL ? "pubkey" : "psk");
  l2tp_vici_request_put (request, "id", id);
  put_authorities (request, plan->credentials);
  l2tp_vici_request_end (request);
}

static void
put_selector (L2tpViciRequest *request, const char *key, guint port)
{
  g_autofree char *text =
      port != 0 ? g_strdup_printf ("dynamic[17/%u]", port) : g_strdup ("dynamic[17]");
  const char *const list[] = { text, NULL };

  l2tp_vici_request_put_list (request, key, list);
}

static void
put_child (L2tpViciRequest *request, const L2tpStrongswanPlan *plan)
{
  l2tp_vici_request_begin (request, "children");
  l2tp_vici_request_begin (request, L2TP_STRONGSWAN_CHILD);
  l2tp_vici_request_put (request, "mode", "transport");
  l2tp_vici_request_put_list (request, "esp_proposals", plan->esp);
  put_selector (request, "local_ts", g_inet_socket_address_get_port (plan->local));
  put_selector (request, "remote_ts", g_inet_socket_address_get_port (plan->peer));
  l2tp_vici_request_put_uint (request, "priority", L2TP_XFRM_PRIORITY_SA);
  put_esp_lifetime (request, plan);
  if (l2tp_config_get_boolean (plan->config, L2TP_OPTION_IPSEC_IPCOMP))
    l2tp_vici_request_put (request, "ipcomp", "yes");
  l2tp_vici_request_end (request);
  l2tp_vici_request_end (request);
}

L2tpViciRequest *
l2tp_strongswan_make_conn (const L2tpStrongswanPlan *plan)
{
  L2tpViciRequest *request = l2tp_vici_request_new (L2TP_VICI_COMMAND, "load-conn");

  l2tp_vici_request_begin (request, plan->name);
  l2tp_vici_request_put (request, "version", is_ikev2 (plan) ? "2" : "1");
  if (!is_any (plan->local))
    put_address (request, "local_addrs", plan->local);
  put_address (request, "remote_addrs", plan->peer);
  l2tp_vici_request_put_list (request, "proposals", plan->ike);
  l2tp_vici_request_put (request, "keyingtries", "1");
  l2tp_vici_request_put (request, "mobike", "no");
  put_time (request, "dpd_delay", DPD_DELAY);
  put_time (request, "dpd_timeout", DPD_TIMEOUT);
  put_ike_lifetime (request, plan);
  if (l2tp_config_get_boolean (plan->config, L2TP_OPTION_IPSEC_FORCEENCAPS))
    l2tp_vici_request_put (request, "encap", "yes");
  put_local (request, plan);
  put_remote (request, plan);
  put_child (request, plan);
  l2tp_vici_request_end (request);
  return request;
}

gboolean
l2tp_strongswan_needs_any_owner (L2tpConfig *config)
{
  return l2tp_config_get_boolean (config, L2TP_OPTION_IPSEC_IKEV2) &&
         l2tp_config_get_string (config, L2TP_OPTION_IPSEC_REMOTE_ID) == NULL;
}

char **
l2tp_strongswan_make_owners (L2tpConfig *config, GInetSocketAddress *peer)
{
  const char *id = l2tp_config_get_string (config, L2TP_OPTION_IPSEC_REMOTE_ID);
  g_autofree char *address = address_text (peer);
  const char *owners[] = { address, id, NULL };

  if (l2tp_strongswan_needs_any_owner (config))
    owners[1] = "%any";
  return g_strdupv ((char **) owners);
}

char **
l2tp_strongswan_make_lookups (L2tpConfig *config, GInetSocketAddress *peer)
{
  const char *id = l2tp_config_get_string (config, L2TP_OPTION_IPSEC_REMOTE_ID);
  gboolean ikev2 = l2tp_config_get_boolean (config, L2TP_OPTION_IPSEC_IKEV2);
  g_autofree char *address = address_text (peer);
  const char *lookups[] = { id != NULL ? id : "%any", ikev2 ? NULL : address, NULL };

  return g_strdupv ((char **) lookups);
}

L2tpViciRequest *
l2tp_strongswan_make_shared (const L2tpStrongswanPlan *plan)
{
  L2tpViciRequest *request = l2tp_vici_request_new (L2TP_VICI_COMMAND, "load-shared");
  g_auto (GStrv) owners = l2tp_strongswan_make_owners (plan->config, plan->peer);
  const char *key;
  gsize len;

  key = l2tp_secret_peek (plan->credentials->psk, &len);
  l2tp_vici_request_put (request, "id", plan->name);
  l2tp_vici_request_put (request, "type", "IKE");
  l2tp_vici_request_put_data (request, "data", key, len);
  l2tp_vici_request_put_list (request, "owners", (const char *const *) owners);
  return request;
}

L2tpViciRequest *
l2tp_strongswan_make_key (const L2tpStrongswanPlan *plan)
{
  L2tpViciRequest *request = l2tp_vici_request_new (L2TP_VICI_COMMAND, "load-key");
  gsize len;
  const char *key = l2tp_secret_peek (plan->credentials->key, &len);

  l2tp_vici_request_put (request, "type", plan->credentials->key_type);
  l2tp_vici_request_put_data (request, "data", key, len);
  return request;
}

char *
l2tp_strongswan_make_authority_name (const char *name, guint index)
{
  return g_strdup_printf ("%s-%u", name, index);
}

L2tpViciRequest *
l2tp_strongswan_make_authority (const L2tpStrongswanPlan *plan, guint index)
{
  L2tpViciRequest *request = l2tp_vici_request_new (L2TP_VICI_COMMAND, "load-authority");
  g_autofree char *name = l2tp_strongswan_make_authority_name (plan->name, index);
  gsize len;
  gconstpointer data = g_bytes_get_data (g_ptr_array_index (plan->credentials->ca, index), &len);

  l2tp_vici_request_begin (request, name);
  l2tp_vici_request_put_data (request, "cacert", data, len);
  l2tp_vici_request_end (request);
  return request;
}

L2tpViciRequest *
l2tp_strongswan_make_simple (const char *command,
                             const char *key1,
                             const char *value1,
                             const char *key2,
                             const char *value2)
{
  L2tpViciRequest *request = l2tp_vici_request_new (L2TP_VICI_COMMAND, command);

  if (key1 != NULL)
    l2tp_vici_request_put (request, key1, value1);
  if (key2 != NULL)
    l2tp_vici_request_put (request, key2, value2);
  return request;
}

L2tpViciRequest *
l2tp_strongswan_make_terminate (const char *name)
{
  L2tpViciRequest *request = l2tp_strongswan_make_simple ("terminate", "ike", name, "force", "yes");

  l2tp_vici_request_put_uint (request, "timeout", 600);
  l2tp_vici_request_put_uint (request, "loglevel", 0);
  return request;
}

L2tpViciRequest *
l2tp_strongswan_make_initiate (const char *name, guint timeout_ms)
{
  L2tpViciRequest *request =
      l2tp_strongswan_make_simple ("initiate", "ike", name, "child", L2TP_STRONGSWAN_CHILD);

  l2tp_vici_request_put_uint (request, "timeout", timeout_ms);
  l2tp_vici_request_put_uint (request, "loglevel", 1);
  return request;
}

void
l2tp_strongswan_sa_clear (L2tpStrongswanSa *sa)
{
  l2tp_ipsec_status_clear (&sa->status);
  g_clear_pointer (&sa->local_host, g_free);
  g_clear_pointer (&sa->dh_group, g_free);
}

guint
l2tp_strongswan_overhead (const char *cipher, const char *integrity, gboolean encap)
{
  static const struct
  {
    const char *name;
    guint iv, block, icv;
  } ciphers[] = {
    { "AES_CBC", 16, 16, 0 }, { "3DES_CBC", 8, 8, 0 },    { "CAMELLIA_CBC", 16, 16, 0 },
    { "AES_GCM_8", 8, 4, 8 }, { "AES_GCM_12", 8, 4, 12 }, { "AES_GCM_16", 8, 4, 16 },
    { "AES_CTR", 8, 4, 0 },   { "NULL", 0, 4, 0 },        { "CHACHA20_POLY1305", 8, 4, 16 },
  };
  static const struct
  {
    const char *name;
    guint icv;
  } integrities[] = {
    { "HMAC_MD5_96", 12 },       { "HMAC_SHA1_96", 12 },      { "HMAC_SHA2_256_96", 12 },
    { "HMAC_SHA2_256_128", 16 }, { "HMAC_SHA2_384_192", 24 }, { "HMAC_SHA2_512_256", 32 },
    { "AES_XCBC_96", 12 },       { "AES_CMAC_96", 12 },
  };
  guint iv = 16, block = 16, icv = 32; /* of what is not known, the most */

  for (gsize i = 0; i < G_N_ELEMENTS (ciphers); i++)
    if (g_strcmp0 (cipher, ciphers[i].name) == 0)
      {
        iv = ciphers[i].iv;
        block = ciphers[i].block;
        icv = ciphers[i].icv > 0 || integrity != NULL ? ciphers[i].icv : icv;
      }
  for (gsize i = 0; i < G_N_ELEMENTS (integrities); i++)
    if (g_strcmp0 (integrity, integrities[i].name) == 0)
      icv = integrities[i].icv;
  /* SPI and number, IV, padding with its length and the next header, check value (RFC 4303). */
  return 8 + iv + (block - 1) + 2 + icv + (encap ? 8 : 0);
}

static char *
algorithms_text (const L2tpViciSection *sa, gboolean *ret_is_weak)
{
  static const char *const keys[] = { "encr-alg", "integ-alg", "prf-alg", "dh-group" };
  guint64 bits = l2tp_vici_section_get_uint (sa, "encr-keysize", 10, 0);
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *name = l2tp_vici_section_dup_text (sa, keys[i]);

      if (name == NULL)
        continue;
      g_string_append_printf (text, "%s%s", text->len > 0 ? "/" : "", name);
      if (i == 0 && bits != 0)
        g_string_append_printf (text, "-%" G_GUINT64_FORMAT, bits);
      *ret_is_weak |= l2tp_ipsec_proposals_is_weak (name);
    }
  return g_string_free (text, FALSE);
}

/* A CHILD_SA that is being replaced still protects, until the new one does. */
static gboolean
is_installed (const L2tpViciSection *child)
{
  static const char *const states[] = { "INSTALLED", "UPDATING", "REKEYING", "REKEYED", NULL };
  g_autofree char *state = l2tp_vici_section_dup_text (child, "state");

  return state != NULL && g_strv_contains (states, state);
}

static void
parse_child (const L2tpViciSection *child, gint64 now, L2tpStrongswanSa *sa)
{
  g_autofree char *cipher = l2tp_vici_section_dup_text (child, "encr-alg");
  g_autofree char *integrity = l2tp_vici_section_dup_text (child, "integ-alg");
  g_autofree char *group = l2tp_vici_section_dup_text (child, "dh-group");
  guint64 rekey = l2tp_vici_section_get_uint (child, "rekey-time", 10, G_MAXUINT64);

  sa->status.is_up = TRUE;
  sa->status.encap = l2tp_vici_section_is_yes (child, "encap");
  sa->status.pfs = group != NULL;
  g_free (sa->status.esp);
  sa->status.esp = algorithms_text (child, &sa->is_weak);
  sa->status.rekey_time = rekey < G_MAXINT32 ? now + (gint64) rekey * G_USEC_PER_SEC : -1;
  sa->status.overhead = l2tp_strongswan_overhead (cipher, integrity, sa->status.encap);
  sa->spi_in = (guint32) l2tp_vici_section_get_uint (child, "spi-in", 16, 0);
  sa->spi_out = (guint32) l2tp_vici_section_get_uint (child, "spi-out", 16, 0);
}

void
l2tp_strongswan_parse_sa (const L2tpViciSection *ike, gint64 now, L2tpStrongswanSa *ret_sa)
{
  L2tpViciSection children = l2tp_vici_section_get_section (ike, "child-sas");
  L2tpStrongswanSa sa = { .status.rekey_time = -1 };
  L2tpViciItem item;

  sa.status.ikev2 = l2tp_vici_section_get_uint (ike, "version", 10, 1) == 2;
  sa.status.nat_local = l2tp_vici_section_is_yes (ike, "nat-local");
  sa.status.nat_remote = l2tp_vici_section_is_yes (ike, "nat-remote");
  sa.status.local_id = l2tp_vici_section_dup_text (ike, "local-id");
  sa.status.remote_id = l2tp_vici_section_dup_text (ike, "remote-id");
  sa.status.ike = algorithms_text (ike, &sa.is_weak);
  sa.local_host = l2tp_vici_section_dup_text (ike, "local-host");
  sa.dh_group = l2tp_vici_section_dup_text (ike, "dh-group");
  while (l2tp_vici_section_next (&children, &item))
    if (item.type == L2TP_VICI_ITEM_SECTION && is_installed (&item.section))
      parse_child (&item.section, now, &sa);
  *ret_sa = sa;
}
