r"""The words and LaTeX commands that speak for each subject: what `topics` knows before it has seen a labelled question.

Written from what the subjects are about, by hand; extracted from no benchmark and no data set. A word may speak for
several subjects. All are tokens as `topics` reads them: lower case, commands with their backslash, `f(` a letter
applied to something, `0_` a number with a base, `0!` a factorial, and the marks `^ = % + _` and `<` (or `>`).
"""

TELLING, LEANING = 0, 1
"""Places in `WORDS`: words that settle the matter, and words that are merely more frequent there."""

WORDS: dict[str, tuple[str, str]] = {
    "arithmetic": (
        """
        he she his her him buys bought sells sold pays paid spends spent earns earned costs store shop week weeks day
        days hours minutes money dollars cents apples cookies friends friend brother sister mother father kids children
        gives gave eats ate bakes sold left much altogether does did has had school class students job salary
        """,
        """
        each every many total how more than twice half per if they their them after before still needs makes
        made wants takes took gets got went goes collects bag bags box boxes books pencils eggs toys cards cake pizza
        slices packs dozen car miles morning night month months year years old price discount % hour day week rest then
        """,
    ),
    "prealgebra": (
        r"""
        percent % average mean median mode decimal decimals round rounded nearest tenth hundredth thousandth fraction
        fractions lowest mixed ratio ratios proportion reciprocal sum quotient inches feet yards ounces pounds gallons
        cups liters meters centimeters kilometers \% \div \times whole numeral estimate convert scale discount tax tip
        sale price cents nickels dimes quarters pennies chart table graph survey
        """,
        r"""
        simplify evaluate compute common multiple factor prime square root perimeter area rectangle rectangular degrees
        angle angles miles hour hours minutes speed rate how many much number numbers divided product difference greater
        less each total equal fewer students class team games triangle circle sides shaded length width he she his her mph
        inch foot pound pounds cent costs buy bought weighs \frac \cdot \text \circ asy temperature negative data
        """,
    ),
    "algebra": (
        r"""
        solve equation equations linear quadratic slope line lines intercept intercepts graph
        parabola vertex expand factor simplify expression variable variables system inequality interval notation domain
        range function functions inverse midpoint coordinates axis plane point points constant constants term terms
        \lfloor \rfloor \lceil \rceil \log compounded annually invested interest consecutive exponent piecewise
        f( g( h( f g h cases solution solutions geometric sequence arithmetic series
        """,
        r"""
        x y z a b c m k n = ^ < + \frac \sqrt value values real number satisfy satisfies let if find what \le \ge
        \left \right \text \log discriminant square rational rationalize denominator evaluate express form sum product
        root roots integer integers age speed miles positive negative degree \infty ordered pair determine
        """,
    ),
    "intermediate_algebra": (
        r"""
        polynomial polynomials roots root zeros complex hyperbola ellipse foci focus directrix asymptote asymptotes
        coefficients coefficient monic degree cubic quartic remainder real maximum minimum minimize maximize nonnegative
        recursion recursively recurrence sequence telescoping \omega \sum \prod conic
        quintic rational irreducible conjugate functional partial vertical horizontal oblique multiplicities vieta
        p( q( \ldots \dots \cdots bounded converges telescopes symmetric cyclic inequality distinct
        """,
        r"""
        x y z a b c d p q n k f f( = ^ < + \le \ge \frac \sqrt satisfy satisfying such that all let for find determine
        numbers constants function functions positive largest smallest possible value values enter list separated
        commas expression \infty \left \right integers integer terms system equation \log parabola
        \lfloor \rfloor divided align
        """,
    ),
    "precalculus": (
        r"""
        \sin \cos \tan \cot \sec \csc \arcsin \arccos \arctan \theta \phi \alpha \beta \gamma vector vectors matrix matrices
        pmatrix bmatrix vmatrix \mathbf \vec
        \operatorname polar rectangular spherical cylindrical coordinates projection cross dot determinant
        sine cosine tangent trigonometric amplitude period phase radians rotation rotated reflection parameterized
        parametric identity direction orthogonal perpendicular \cis cis \proj proj det inverse invertible norm scalar
        \sinh \ln \to \rho \lim
        """,
        r"""
        \pi \circ ^ = \frac \sqrt \left \right interval plane angle angles line unit circle smallest positive degrees
        t i e \infty \overrightarrow compute simplify function graph complex origin axis \times \cdot parallel
        components space dimensional enter for all such that triangle points e( value
        """,
    ),
    "geometry": (
        r"""
        triangle triangles circle circles rectangle square trapezoid parallelogram rhombus quadrilateral polygon pentagon
        hexagon octagon regular radius diameter circumference chord arc sector tangent inscribed circumscribed
        circumcircle incircle incenter circumcenter centroid orthocenter altitude median hypotenuse leg legs isosceles
        equilateral scalene right acute obtuse congruent similar bisector bisects perpendicular parallel midpoint
        perimeter area volume surface lateral sphere spheres cone cylinder cube prism pyramid tetrahedron frustum
        hemisphere vertices side sides diagonal diagonals face faces edges edge angle angles segment segments
        \triangle \angle \overline \cong \parallel \perp asy draw \circ ° shaded concentric collinear pythagorean
        """,
        r"""
        length lengths height base width point points intersect intersects meet plane units unit cubic square inches
        centimeters cm feet degrees measure measures ab bc ac cd ad de ef abc abcd abe def pqr xyz o \pi \sqrt
        line lines interior exterior drawn diagram shown distance
        """,
    ),
    "counting_and_probability": (
        r"""
        probability chance ways way arrange arranged arrangements arrangement choose chosen chooses committee committees
        permutation permutations combinations random randomly dice die rolled rolls roll coin coins flipped flips heads
        tails deck cards card suit drawn draws drawn replacement marbles balls urn distinguishable indistinguishable
        seated sit row seats round expected value \binom \dbinom binom likely independent event events outcomes outcome
        selected select subsets subset paths path 0! choices license plates lottery bernoulli handshakes
        sample fair spinner independently equally
        """,
        r"""
        how many different distinct possible one at least exactly each people person students team teams club
        member members letters letter digits red blue green white black boys girls order same two three
        pick picks picked contains expressed common fraction total if arranged win wins game
        """,
    ),
    "number_theory": (
        r"""
        remainder remainders divisible divides divisor divisors multiple multiples modulo mod \pmod \equiv \mod gcd lcm
        \gcd \lcm greatest least common prime primes composite factorization factors factor digit digits units base
        integer integers congruent relatively coprime perfect cube squares palindrome residue inverse euclidean
        totient fibonacci bases hexadecimal binary ones tens hundreds decimal repeating
        terminating terminates 0_ proper even odd consecutive leaves left
        """,
        r"""
        positive smallest largest number numbers sum product divided when dividing how many less than greater exactly
        whole natural n such that 0! ^ represent written expressed between inclusive squared power powers
        """,
    ),
}
