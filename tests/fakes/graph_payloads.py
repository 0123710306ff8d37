"""Payloads as Microsoft's pages print them; each names its page (below learn.microsoft.com/graph).

Values that a test sets are put over these, so what we do not think of stands as Microsoft wrote it.
"""

from typing import Any

Payload = dict[str, Any]

# api/message-get, example 1
MESSAGE: Payload = {
    "@odata.etag": 'W/"CQAAABYAAAC4ofQHEIqCSbQPot83AFcbAAAnjjuZ"',
    "id": "AAMkADhMGAAA=",
    "createdDateTime": "2018-09-09T03:15:05Z",
    "lastModifiedDateTime": "2018-09-09T03:15:08Z",
    "changeKey": "CQAAABYAAAC4ofQHEIqCSbQPot83AFcbAAAnjjuZ",
    "categories": [],
    "receivedDateTime": "2018-09-09T03:15:08Z",
    "sentDateTime": "2018-09-09T03:15:06Z",
    "hasAttachments": False,
    "internetMessageId": "<MWHPR6E1BE060@MWHPR1120.namprd22.prod.outlook.com>",
    "subject": "9/9/2018: concert",
    "bodyPreview": "The group represents Nevada.",
    "importance": "normal",
    "parentFolderId": "AAMkADcbAAAAAAEJAAA=",
    "conversationId": "AAQkADOUpag6yWs=",
    "isDeliveryReceiptRequested": False,
    "isReadReceiptRequested": False,
    "isRead": True,
    "isDraft": False,
    "webLink": "https://outlook.office365.com/owa/?ItemID=AAMkADMGAAA%3D&exvsurl=1",
    "inferenceClassification": "focused",
    "body": {
        "contentType": "html",
        "content": '<html>\r\n<head>\r\n<meta http-equiv="Content-Type" content="text/html;'
        ' charset=utf-8">\r\n</head>\r\n<body>\r\nThe group represents Nevada.\r\n</body>\r\n'
        "</html>\r\n",
    },
    "sender": {"emailAddress": {"name": "Adele Vance", "address": "adelev@contoso.com"}},
    "from": {"emailAddress": {"name": "Adele Vance", "address": "adelev@contoso.com"}},
    "toRecipients": [{"emailAddress": {"name": "Alex Wilber", "address": "AlexW@contoso.com"}}],
    "ccRecipients": [],
    "bccRecipients": [],
    "replyTo": [],
    "flag": {"flagStatus": "notFlagged"},
}

# api/message-get, example 2 (headers of a report), as a received mail has them
HEADERS = [
    {"name": "MIME-Version", "value": "1.0"},
    {"name": "Content-Type", "value": "text/html; charset=utf-8"},
    {"name": "x-custom-header-group-name", "value": "Washington"},
    {"name": "x-custom-header-group-id", "value": "WA001"},
]

# delta-query-messages, "Synchronize messages in the same folder in the next round"
REMOVED: Payload = {
    "@odata.type": "#microsoft.graph.message",
    "id": "AAMkADk0MGFkODE3LWE4MmYtNDRhOS0Dh_6qB-pB2Sa2pUum19a6YAAKnLuxoAAA=",
    "@removed": {"reason": "deleted"},
}

# delta-query-messages says isRead and subject of a changed message; github.com/microsoftgraph/
# microsoft-graph-docs-contrib/issues/7776 shows that only these come
PARTIAL: Payload = {
    "@odata.type": "#microsoft.graph.message",
    "@odata.etag": 'W/"CQAAABYAAAARn2vdzPFjSbaPPxzjlzOTAAASsKZz"',
    "isRead": True,
    "id": "AAMkADNkNAAASq35xAAA=",
    "parentFolderId": "AQMkADNkNAAAgEMAAAA",
}

# api/event-get prints these, resources/event the further ones
EVENT: Payload = {
    "@odata.etag": 'W/"IiLKjG2I7E+Xv0+ys6MD0wAEd5/kNQ=="',
    "id": "AAMkAGVmMDEzMTM4LTZmYWUtNDdkNC1hMDZiLTU1OGY5OTZhYmY4OABGAAAAAAAiQ8W967B7TKBj=",
    "subject": "New Product Regulations Touchpoint",
    "bodyPreview": "New Product Regulations Strategy Online Touchpoint Meeting",
    "hideAttendees": False,
    "body": {"contentType": "html", "content": "<html><body>New Product</body></html>"},
    "start": {"dateTime": "2014-11-03T17:00:00.0000000", "timeZone": "UTC"},
    "end": {"dateTime": "2014-11-03T17:30:00.0000000", "timeZone": "UTC"},
    "location": {"displayName": "Conf Room Rainier", "locationType": "default"},
    "attendees": [
        {
            "type": "required",
            "status": {"response": "none", "time": "0001-01-01T00:00:00Z"},
            "emailAddress": {"name": "Irvin Sayers", "address": "IrvinS@contoso.com"},
        }
    ],
    "organizer": {"emailAddress": {"name": "Engineering", "address": "engineering@contoso.com"}},
    "createdDateTime": "2014-10-19T23:13:47Z",
    "lastModifiedDateTime": "2014-10-19T23:13:47Z",
    "originalStartTimeZone": "Pacific Standard Time",
    "originalEndTimeZone": "Pacific Standard Time",
    "responseStatus": {"response": "none", "time": "0001-01-01T00:00:00Z"},
    "iCalUId": "040000008200E00074C5B7101A82E00800000000",
    "isAllDay": False,
    "isCancelled": False,
    "isDraft": False,
    "isOrganizer": True,
    "recurrence": None,
    "sensitivity": "normal",
    "seriesMasterId": None,
    "showAs": "busy",
    "type": "singleInstance",
}

# delta-query-events says this of the next round
REMOVED_EVENT: Payload = {
    "@odata.type": "#microsoft.graph.event",
    "id": "AAMkADk0MGFkODE3LWE4MmYtNDRhOS04OGQLkRkXbBznTvAADb6ytyAAA=",
    "@removed": {"reason": "deleted"},
}

# api/contact-get, "Response"
CONTACT: Payload = {
    "@odata.etag": 'W/"EQAAABYAAAAiIsqMbYjsT5e/T7KzowPTAAAYc8Bf"',
    "id": "AAMkAGVmMDEzMTM4LTZmYWUtNDdkNC1hMDZiLTU1OGY5OTZhYmY4OABGAAAAAAAiQ8W967B7TKBj=",
    "createdDateTime": "2017-09-04T15:54:01Z",
    "lastModifiedDateTime": "2017-09-04T15:54:02Z",
    "changeKey": "EQAAABYAAAAiIsqMbYjsT5e/T7KzowPTAAAYc8Bf",
    "categories": [],
    "birthday": None,
    "fileAs": "",
    "displayName": "Alex Wilber",
    "givenName": "Alex",
    "surname": "Wilber",
    "companyName": None,
    "emailAddresses": [{"name": "Alex@FineArtSchool.net", "address": "Alex@FineArtSchool.net"}],
    "homeAddress": {},
}

# api/contactfolder-delta, "Response"
CONTACT_FOLDER: Payload = {
    "parentFolderId": "parentFolderId-value",
    "displayName": "displayName-value",
    "id": "id-value",
}

# delta-query-overview, "Resource representation in the delta query response"
REMOVED_CONTACT: Payload = {"id": "id-value", "@removed": {"reason": "deleted"}}

# api/subscription-post-subscriptions, "Response"
SUBSCRIPTION: Payload = {
    "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#subscriptions/$entity",
    "id": "7f105c7d-2dc5-4530-97cd-4e7ae6534c07",
    "resource": "me/mailFolders('Inbox')/messages",
    "applicationId": "24d3b144-21ae-4080-943f-7067b395b913",
    "changeType": "created",
    "clientState": "secretClientValue",
    "notificationUrl": "https://webhook.azurewebsites.net/api/send/myNotifyClient",
    "expirationDateTime": "2016-11-20T18:23:45.9356913Z",
    "creatorId": "8ee44408-0679-472c-bc2a-692812af3437",
    "latestSupportedTlsVersion": "v1_2",
    "notificationContentType": "application/json",
}

# change-notifications-delivery-webhooks, "Change notification example"
NOTICE: Payload = {
    "id": "lsgTZMr9KwAAA",
    "subscriptionId": "{subscription_guid}",
    "subscriptionExpirationDateTime": "2016-03-19T22:11:09.952Z",
    "clientState": "secretClientValue",
    "changeType": "created",
    "resource": "users/{user_guid}@{tenant_guid}/messages/{long_id_string}",
    "tenantId": "84bd8158-6d4d-4958-8b9f-9d6445542f95",
    "resourceData": {
        "@odata.type": "#Microsoft.Graph.Message",
        "@odata.id": "Users/{user_guid}@{tenant_guid}/Messages/{long_id_string}",
        "@odata.etag": 'W/"CQAAABYAAADkrWGo7bouTKlsgTZMr9KwAAAUWRHf"',
        "id": "{long_id_string}",
    },
}

# change-notifications-lifecycle-events, "Structure of a lifecycle notification"
LIFECYCLE: Payload = {
    "subscriptionId": "<subscription_guid>",
    "subscriptionExpirationDateTime": "2019-03-20T11:00:00.0000000Z",
    "tenantId": "<tenant_guid>",
    "clientState": "<secretClientState>",
    "lifecycleEvent": "subscriptionRemoved",
}

# api/mailfolder-delta
FOLDER: Payload = {
    "displayName": "displayName-value",
    "parentFolderId": "parentFolderId-value",
    "childFolderCount": 99,
    "unreadItemCount": 99,
    "totalItemCount": 99,
}

# api/user-get, example 1, with what $select=proxyAddresses adds (resources/user)
USER: Payload = {
    "businessPhones": ["+1 425 555 0109"],
    "displayName": "Adele Vance",
    "givenName": "Adele",
    "jobTitle": "Retail Manager",
    "mail": "AdeleV@contoso.com",
    "mobilePhone": "+1 425 555 0109",
    "officeLocation": "18/2111",
    "preferredLanguage": "en-US",
    "surname": "Vance",
    "userPrincipalName": "AdeleV@contoso.com",
    "id": "87d349ed-44d7-43e1-9a83-5f2406dee5bd",
    "proxyAddresses": ["SMTP:AdeleV@contoso.com"],
}


def error(code: str, message: str) -> Payload:
    """An error (page errors, "Error response in JSON")."""
    return {
        "error": {
            "code": code,
            "message": message,
            "innerError": {
                "date": "2026-11-26T10:17:05",
                "request-id": "93b6f17e-c05d-4f45-ad2a-6665c708d8a0",
                "client-request-id": "e70c5c1b-8b47-68c0-3171-3d22f5e0bd54",
            },
        }
    }


# page throttling ("Sample response"); the header Retry-After stands beside it
THROTTLED = error(
    "TooManyRequests",
    "Please retry again later.",
)
# page delta-query-overview ("Synchronization reset")
SYNC_STATE_NOT_FOUND = error("syncStateNotFound", "The sync state generation is not found.")
EXPIRED = error("resyncRequired", "Resync required. Replace any local items with the server's.")
NOT_FOUND = error("ErrorItemNotFound", "The specified object was not found in the store.")
# page auth-limit-mailbox-access
DENIED = error("ErrorAccessDenied", "Access to OData is disabled.")
UNAUTHENTICATED = error("InvalidAuthenticationToken", "Access token has expired.")
