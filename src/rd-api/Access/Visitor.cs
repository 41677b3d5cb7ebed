namespace ReliableDownload.Api.Access;

/// <summary>
/// What a request is judged by, from its first byte to the last of its answer: the rules and the time when it came, and who sent it. What lapses or changes while a long
/// answer is sent counts for the next request: an answer that left out files from then on would look complete. One per request.
/// </summary>
/// <param name="rules">What the operator's files said.</param>
/// <param name="came">When it came, for links.</param>
/// <param name="user">Who has logged in, as far as that is known without computing for long.</param>
internal sealed class Visitor(AccessRules rules, DateTimeOffset came, string? user)
{
    public AccessRules Rules => rules;

    public DateTimeOffset Came => came;

    /// <summary>Who has logged in; null for nobody.</summary>
    public string? User { get; set; } = user;
}
