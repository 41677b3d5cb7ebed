using ReliableDownload.Client;
using ReliableDownload.Client.Trees;

namespace ReliableDownload.Tests.Client.Trees;

/// <summary>The table of docs/rd.md, and more.</summary>
public sealed class NamePatternTests
{
    [Theory]
    [InlineData("*.txt", "a.txt d/a.txt d/e/a.txt", "a.txtx d/a.csv")]
    [InlineData("/*.txt", "a.txt", "d/a.txt")]
    [InlineData("d/*.txt", "d/a.txt", "a.txt e/d/a.txt d/e/a.txt")]
    [InlineData("**/d/*.txt", "d/a.txt e/d/a.txt", "a.txt d/e/a.txt")]
    [InlineData("d/**", "d/a d/e/a", "a e/d/a")]
    [InlineData("d/**/a", "d/a d/e/a d/e/f/a", "a d/b")]
    [InlineData("d", "d/a d/e/a e/d/a d", "da/a")]
    [InlineData("d/", "d/a e/d/a", "d")]
    [InlineData("f[0-9]", "f1 d/f2", "fa f f11")]
    [InlineData("f[!0-9]", "fa", "f1 f")]
    [InlineData("f[^0-9]", "fa", "f1")]
    [InlineData("f?", "f1 fü", "f f12 f/1x")]
    [InlineData("\\*", "*", "a")]
    [InlineData("[]]", "]", "[")]
    [InlineData("a*b*c", "abc aXbYc abcbc", "ab acb a/b/c")]
    [InlineData(".*", ".a d/.b .d/a", "a.b")]
    [InlineData("A", "A", "a")]
    public void A_pattern_names_these_and_not_those(string pattern, string named, string others)
    {
        var only = new NameFilter(new TreeOptions { Include = [pattern] });
        var without = new NameFilter(new TreeOptions { Exclude = [pattern] });
        Assert.All(named.Split(' '), path => Assert.True(only.IsWanted(PathOf(path), false) && !without.IsWanted(PathOf(path), false), path));
        Assert.All(others.Split(' '), path => Assert.True(!only.IsWanted(PathOf(path), false) && without.IsWanted(PathOf(path), false), path));
    }

    [Fact]
    public void An_exclude_goes_before_an_include()
    {
        var filter = new NameFilter(new TreeOptions { Include = ["*.txt"], Exclude = ["tmp/"] });

        Assert.True(filter.IsWanted(PathOf("d/a.txt"), false));
        Assert.False(filter.IsWanted(PathOf("d/tmp/a.txt"), false));
        Assert.False(filter.IsWanted(PathOf("d/a.csv"), false));
    }

    [Theory]
    [InlineData("a*a*a*a*a*a*a*a*a*a*a*a*b")]
    [InlineData("**/a/**/a/**/a/**/a/**/a/**/b")]
    public void A_pattern_with_many_stars_takes_no_time(string pattern)
    {
        var filter = new NameFilter(new TreeOptions { Include = [pattern] });

        Assert.False(filter.IsWanted(PathOf(new string('a', 250)), false));
        Assert.False(filter.IsWanted(PathOf(string.Join('/', Enumerable.Repeat("a", 200))), false));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    public void A_pattern_that_names_nothing_is_refused(string pattern) => Assert.NotNull(TreeOptions.ProblemOf(pattern));

    private static TreePath PathOf(string path) => TreePath.Parse(Uri.EscapeDataString(path).Replace("%2F", "/"), out _)!;
}
