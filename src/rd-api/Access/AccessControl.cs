using System.Globalization;
using System.Net;
using System.Security.Claims;
using System.Security.Principal;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Limiting;
using ReliableDownload.Api.Metadata;
using ReliableDownload.Api.Routing;

namespace ReliableDownload.Api.Access;

/// <summary>
/// The one place that decides who may have what, before any endpoint: the file or folder that a request names, however it is asked for (as
/// itself, its metadata, its listing). Only there if the operator asked for it. One for all requests.
/// </summary>
internal sealed class AccessControl(AccessFiles files, Logins logins, Readiness readiness, TimeProvider clock, ILogger log)
{
    private const string NotThisUser = "this user may not have it\n";

    private readonly FailedLogins _failures = new(clock);

    // Otherwise many guesses at once would all be verified before the first is counted, and everybody else would wait for that.
    private readonly ClientTurns _turns = new();

    /// <summary>Whether the request may be answered, as far as that is known without computing for long; false does not mean that it may not.</summary>
    public bool IsGranted(HttpContext context, Route route)
    {
        // The health check says nothing about files, and the others find none.
        if (route.Kind is RouteKind.Health or RouteKind.Malformed or RouteKind.Nothing)
            return true;
        var visitor = VisitorOf(context);
        var audience = visitor.Rules.AudienceOf(route.Path);
        if (!audience.IsEveryone || context.Request.Headers.Authorization.Count > 0)
            KeepFromOthers(context.Response);
        if (audience.IsEveryone || SignedLink.Admits(context, route.Path, visitor.Rules.Links, visitor.Came))
            return true;
        if (ClientCertificate.UserOf(context, visitor.Rules) is { } holder && IsIncluded(context, audience, holder))
            return true;
        return visitor.User is { } user && IsIncluded(context, audience, user);
    }

    /// <summary>Whether a path needs neither a login nor a link, so that its answers may be shared.</summary>
    public bool IsForEveryone(HttpContext context, RequestPath path) => VisitorOf(context).Rules.AudienceOf(path).IsEveryone;

    /// <summary>Whether a file may be told of in an answer about the folder that it is in or below.</summary>
    public bool IsGranted(HttpContext context, RequestPath file) => IsGranted(context, new Route(RouteKind.File, file));

    /// <summary>Middleware: passes on what is granted and answers what is not.</summary>
    public async Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        var route = context.Features.GetRequiredFeature<Route>();
        var isGranted = IsGranted(context, route);
        if (!isGranted && route.Kind == RouteKind.Metadata && Readiness.IsAskedFor(route.Path))
            await readiness.AnswerAsync(context); // A load balancer has no password; the metadata of a file of that name needs one.
        else if ((isGranted && !MayTellOfMore(context, route)) || await LogInAsync(context, route))
            await next(context);
    }

    // Of files that need the login that came along, such as a folder's own page: without a look at it they would be left out in silence. Where a link or a
    // certificate was needed, that counts.
    private bool MayTellOfMore(HttpContext context, Route route) =>
        route is { Kind: RouteKind.Tree or RouteKind.View } or { Kind: RouteKind.File, Path.EndsWithSlash: true } && IsForEveryone(context, route.Path) && VisitorOf(context).Rules.HasUsers && Credentials.Of(context.Request) is not null;

    private Visitor VisitorOf(HttpContext context)
    {
        if (context.Features.Get<Visitor>() is { } known)
            return known;
        var rules = files.Current;
        var user = Credentials.Of(context.Request) is { } credentials ? logins.Recall(rules, credentials, ClientOf(context)) : null;
        var visitor = new Visitor(rules, clock.GetUtcNow(), user);
        context.Features.Set(visitor);
        return visitor;
    }

    private async Task<bool> LogInAsync(HttpContext context, Route route)
    {
        var visitor = VisitorOf(context);
        var rules = visitor.Rules;
        var given = Credentials.Of(context.Request);
        if (given is null && ClientCertificate.UserOf(context, rules) is not null)
        {
            await RefuseAsync(context, StatusCodes.Status403Forbidden, NotThisUser);
            return false;
        }

        if (!rules.HasUsers)
        {
            var needed = rules.TakesCertificates ? "a certificate of a user" : "a signed link that has not expired";
            await RefuseAsync(context, StatusCodes.Status403Forbidden, $"this needs {needed}\n");
            return false;
        }

        if (given is not { } credentials)
        {
            await ChallengeAsync(context, rules, "this needs a login\n");
            return false;
        }

        var (user, wait) = await VerifyAsync(context, rules, credentials);
        if (wait > TimeSpan.Zero)
        {
            context.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            await RefuseAsync(context, StatusCodes.Status429TooManyRequests, "too many wrong passwords came from this address\n");
            return false;
        }

        if (user is null)
        {
            await ChallengeAsync(context, rules, "name or password is wrong\n");
            return false;
        }

        visitor.User = user;
        var isIncluded = IsIncluded(context, rules.AudienceOf(route.Path), user);
        if (!isIncluded)
            await RefuseAsync(context, StatusCodes.Status403Forbidden, NotThisUser);
        return isIncluded;
    }

    // Caches know nothing of links, certificates and rules, and not all obey RFC 9111, 3.5, about Authorization. What an endpoint says later is stricter, or knows of this.
    private static void KeepFromOthers(HttpResponse response)
    {
        if (response is { HasStarted: false, Headers.CacheControl.Count: 0 })
            response.Headers.CacheControl = "private";
    }

    private static bool IsIncluded(HttpContext context, Audience audience, string user)
    {
        context.User = new ClaimsPrincipal(new GenericIdentity(user));
        return audience.Includes(user);
    }

    /// <summary>Who it is, and how long the client has to wait before its password is looked at.</summary>
    private async Task<(string? User, TimeSpan Wait)> VerifyAsync(HttpContext context, AccessRules rules, Credentials credentials)
    {
        using var turn = await _turns.WaitAsync(context);
        // The client's other requests may have the same password.
        var client = ClientOf(context);
        if (logins.Recall(rules, credentials, client) is { } known)
            return (known, TimeSpan.Zero);
        if (_failures.WaitOf(client) is { Ticks: > 0 } wait)
            return (null, wait);
        var user = await logins.VerifyAsync(rules, credentials, client, context.RequestAborted);
        if (user is null)
        {
            _failures.Add(client);
            var name = credentials.User ?? "the owner of a token";
            log.LoginFailed(client, name[..Math.Min(name.Length, Limits.LoggedName)]);
        }

        return (user, TimeSpan.Zero);
    }

    private static IPAddress ClientOf(HttpContext context) => DigestRequest.ClientOf(context.Connection.RemoteIpAddress);

    private static Task ChallengeAsync(HttpContext context, AccessRules rules, string sentence)
    {
        if (rules.Passwords.Count > 0)
            context.Response.Headers.Append("WWW-Authenticate", "Basic realm=\"rd-api\", charset=\"UTF-8\"");
        if (rules.Tokens.Count > 0)
            context.Response.Headers.Append("WWW-Authenticate", "Bearer realm=\"rd-api\"");
        return RefuseAsync(context, StatusCodes.Status401Unauthorized, sentence);
    }

    private static Task RefuseAsync(HttpContext context, int status, string sentence)
    {
        context.Response.Headers.CacheControl = "no-store";
        return TextResponse.WriteAsync(context, status, sentence);
    }
}
